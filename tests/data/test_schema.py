from __future__ import annotations

import pyarrow as pa
import pytest

from data.schema import BILLING, KEYS, SERVICES, TABLES, TICKETS


def test_every_table_starts_with_the_three_keys_in_utc_microseconds() -> None:
    for table in TABLES.values():
        assert table.names[:3] == KEYS
        assert table.schema.field("event_timestamp").type == pa.timestamp("us", tz="UTC")
        assert not any(table.schema.field(key).nullable for key in KEYS)


def test_the_lake_has_these_tables() -> None:
    assert list(TABLES) == [
        "demographics",
        "services",
        "billing",
        "tickets",
        "churn_events",
        "labels",
        "offers",
        "contacts",
        "consent",
        "satisfaction",
    ]


def test_only_columns_that_a_snapshot_cannot_know_are_nullable() -> None:
    nullable = [c.name for table in TABLES.values() for c in table.columns if c.nullable and not c.optional]
    assert nullable == ["MonthlyChargesChange3m", *(n for n in TICKETS.names if n.endswith(("1m", "3m")))]


def test_optional_columns_are_the_last_ones_and_null_or_a_category() -> None:
    optional = {t.name: c for t in TABLES.values() for c in t.optional}
    assert {name: column.name for name, column in optional.items()} == {
        **{"demographics": "household", "billing": "ContractMonthsLeft"},
        **{"churn_events": "reason", "offers": "probability"},
    }
    for name, column in optional.items():
        assert TABLES[name].columns[-1] == column
        assert column.nullable if column.default is None else column.default in column.categories


def test_a_key_names_columns_of_its_table() -> None:
    assert all(set(table.unique) <= set(table.names) for table in TABLES.values())


def test_column_by_name() -> None:
    assert SERVICES.column("Contract").categories == ("Month-to-month", "One year", "Two year")
    assert BILLING.column("tenure") in BILLING.values
    with pytest.raises(KeyError, match="contract"):
        SERVICES.column("contract")

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest

from data.contracts.table_contracts import category_rule, contract_of
from data.errors import TableShapeError
from data.lake_files.manifest import Facts
from data.lake_files.reading import to_frame
from data.schema import TABLES

Rows = list[dict[str, Any]]
Arrow = Callable[[str, Rows], pa.Table]

CATEGORIES = [(table.name, c.name) for table in TABLES.values() for c in table.columns if c.categories]


@pytest.mark.parametrize(("table", "column"), CATEGORIES)
def test_every_category_is_closed(
    arrow: Arrow, history: dict[str, Rows], facts: Facts, table: str, column: str
) -> None:
    row = {**(history[table] or [{**history["churn_events"][0], "Churn": "Yes"}])[0], column: "Maybe"}
    found = contract_of(table, facts).broken(to_frame(arrow(table, [row])))
    assert [(v.column, v.value, v.rule) for v in found] == [
        (column, "'Maybe'", category_rule(TABLES[table].column(column)))
    ]


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("demographics", "customerID", ""),
        ("billing", "customerID", "two words"),
        ("services", "customerID", "x" * 65),
        ("demographics", "SeniorCitizen", 2),
        ("offers", "campaign", ""),
        ("offers", "offer", "20 % off"),
    ],
)
def test_a_value_out_of_range_is_placed(
    arrow: Arrow, history: dict[str, Rows], facts: Facts, table: str, column: str, value: object
) -> None:
    rows = history[table]
    rows[1][column] = value
    (found,) = contract_of(table, facts).broken(to_frame(arrow(table, rows)))
    assert found.where.startswith(f"{table}, customer {rows[1]['customerID']}, 2026-0")
    assert (found.column, found.value) == (column, repr(value)[:80] if len(repr(value)) < 80 else found.value)


def test_every_broken_row_is_reported_once_per_rule(
    arrow: Arrow, history: dict[str, Rows], facts: Facts
) -> None:
    for row in history["billing"]:
        row["TotalCharges"] = row["AvgMonthlyCharges"] = -1.0
    found = contract_of("billing", facts).broken(to_frame(arrow("billing", history["billing"])))
    by_rule = [v for v in found if v.column == "TotalCharges"]
    assert len(by_rule) == len(history["billing"])
    assert [v.where for v in by_rule][:2] == [
        "billing, customer A, 2026-01-05",
        "billing, customer B, 2026-02-03",
    ]


def test_a_frame_with_other_columns_breaks_the_contract(
    arrow: Arrow, history: dict[str, Rows], facts: Facts
) -> None:
    frame = to_frame(arrow("labels", [])).assign(Extra=1)
    with pytest.raises(TableShapeError, match="Extra"):
        contract_of("labels", facts).broken(frame)

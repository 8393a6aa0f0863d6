"""The offline store beside Feast's own DuckDB store: the same cells, on traps and on random tables."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from feast.infra.offline_stores.duckdb import DuckDBOfflineStore
from house import House, at, row
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_lakes import write_parts

from data.schema import TABLES
from feature_repo.errors import OfflineStoreError
from feature_repo.offline_store.store import PointInTimeOfflineStore
from serving.model.signature import signature_of

OCTOBER = "2025-10-01"
BILLS = [
    row("corrected", "2025-09-30", "2025-10-05", tenure=3),  # of one date, learned after October 1
    row("corrected", "2025-09-30", "2025-09-30", tenure=2),
    row("corrected", "2025-09-30", "2025-09-29", tenure=1),
    row("expired", "2025-07-30", tenure=9),
    row("just valid", "2025-07-31", tenure=10),
    row("future", "2025-10-02", tenure=11),
    row("late", "2025-09-30", "2025-11-15", tenure=13),
    row("late", "2025-08-31", tenure=12),
    row("nulls", "2025-09-30", tenure=None, TotalCharges=None),
    row("nulls", "2025-08-31", tenure=14, TotalCharges=1.5),
    row("never learned", "2025-09-30", tenure=16) | {"created_timestamp": None},
    row("never learned", "2025-09-30", "2025-09-30", tenure=15),
    row("large", "2025-09-30", tenure=2**53 + 1),
    row('it\'s; "quoted" é', "2025-09-30", tenure=17),
]
SCHEMA = pa.schema([field.with_nullable(True) for field in TABLES["billing"].schema])
CUSTOMERS = [*dict.fromkeys(line["customerID"] for line in BILLS), "without rows"]


@pytest.fixture
def applied(house: House) -> Any:
    house.write({})
    write(house, BILLS)
    return house.apply()


def write(house: House, bills: Sequence[Mapping[str, Any]]) -> None:
    """Write the table of bills; whatever a row leaves out is null."""
    write_parts(house.lake / "billing.parquet", pa.Table.from_pylist(list(bills), schema=SCHEMA))


def asked(*keys: tuple[str | None, str]) -> pd.DataFrame:
    moments = pd.to_datetime([moment for _, moment in keys], utc=True, format="ISO8601")
    return pd.DataFrame(
        {"customerID": [key for key, _ in keys], "event_timestamp": moments, "n": range(len(keys))}
    )


def at_every_moment() -> pd.DataFrame:
    """Every customer at moments on, just before and long after each clock; some rows twice."""
    moments = ["2025-07-31", "2025-09-30", "2025-09-29T23:59:59.999999", OCTOBER, "2025-10-05", "2025-12-01"]
    keys = [(customer, moment) for moment in moments for customer in CUSTOMERS]
    return asked(*keys, *keys[::3], (None, OCTOBER))


def ours(store: Any, rows: pd.DataFrame, known_only: bool = True) -> pa.Table:
    service = store.get_feature_service("churn_v1")
    job = store.get_historical_features(rows.copy(), service, filter_by_created_timestamp=known_only)
    return job.to_arrow()


def feasts(store: Any, rows: pd.DataFrame, known_only: bool = True) -> pa.Table:
    """What Feast's own DuckDB store answers, in the order of the rows."""
    views = [store.get_feature_view(name) for name in ("demographics", "services", "billing", "tickets")]
    refs = [f"{spec.view}:{spec.name}" for spec in signature_of().features]
    job = DuckDBOfflineStore.get_historical_features(
        store.config, views, refs, rows.copy(), store.registry, store.project, False, known_only
    )
    return job.to_arrow().sort_by("n")


def cells(table: pa.Table) -> list[dict[str, Any]]:
    return [dict(sorted(line.items())) for line in table.to_pylist()]


def tenures(store: Any, rows: pd.DataFrame, known_only: bool = True) -> list[int | None]:
    found: list[int | None] = ours(store, rows, known_only)["tenure"].to_pylist()
    return found


@pytest.mark.parametrize("known_only", [True, False])
def test_every_cell_is_feasts(applied: Any, known_only: bool) -> None:
    rows = at_every_moment()
    answer = ours(applied, rows, known_only)
    assert cells(answer) == cells(feasts(applied, rows, known_only))
    assert answer["n"].to_pylist() == list(range(len(rows))), "in the order of the entity rows"
    assert answer.schema.field("tenure").type == pa.int64()


@pytest.mark.parametrize("known_only", [True, False])
def test_one_moment_is_read_as_any_other(applied: Any, known_only: bool) -> None:
    """Rows of one moment are read without a join; the answer is the same."""
    one = asked(*[(customer, OCTOBER) for customer in CUSTOMERS])
    beside = pd.concat([one, asked(("late", "2025-12-31"))])
    assert cells(ours(applied, one, known_only)) == cells(ours(applied, beside, known_only))[:-1]
    assert cells(ours(applied, one, known_only)) == cells(feasts(applied, one, known_only))


def test_the_traps_by_hand(applied: Any) -> None:
    def at_october(customer: str, known_only: bool = True) -> int | None:
        return tenures(applied, asked((customer, OCTOBER)), known_only)[0]

    names = ("corrected", "expired", "just valid", "future", "late", "nulls")
    assert [at_october(name) for name in names] == [2, None, 10, None, 12, None]
    assert [at_october(name, False) for name in ("corrected", "late", "never learned")] == [3, 13, 15]
    assert at_october("large") == 2**53 + 1, "a whole number that no float holds"
    assert at_october('it\'s; "quoted" é') == 17
    assert tenures(applied, asked(("late", OCTOBER), ("without rows", OCTOBER), ("late", OCTOBER))) == [
        12,
        None,
        12,
    ]


def test_of_rows_with_equal_clocks_the_last_in_the_table_is_taken(house: House, applied: Any) -> None:
    lines = [row(f"{n:05d}", "2025-09-30", tenure=tenure) for tenure in (1, 2, 3) for n in range(5000)]
    write(house, lines)
    for moments in ([OCTOBER], [OCTOBER, "2025-10-02"]):
        rows = asked(*[(f"{n:05d}", moments[n % len(moments)]) for n in range(5000)])
        assert set(tenures(applied, rows)) == {3}


@pytest.mark.parametrize(
    "moments",
    [
        pd.to_datetime(["2025-09-30", OCTOBER]),
        pd.to_datetime(["2025-09-29T19:00-05:00", "2025-09-30T19:00-05:00"]),
        ["2025-09-30T00:00:00+00:00", "2025-09-30T19:00:00-05:00"],
        np.array([at("2025-09-30"), at(OCTOBER)], dtype=object),
        pd.to_datetime(["2025-09-30", OCTOBER], utc=True).astype("datetime64[s, UTC]"),
    ],
    ids=["no zone", "another zone", "text", "objects", "seconds"],
)
def test_entity_moments_in_any_form(applied: Any, moments: Any) -> None:
    rows = pd.DataFrame({"customerID": ["late", "corrected"], "event_timestamp": moments}, index=[7, 3])
    assert tenures(applied, rows) == [12, 2]


@pytest.mark.parametrize(
    "clock", [pa.timestamp("us"), pa.timestamp("ns"), pa.timestamp("ms", tz="America/Bogota")]
)
def test_clocks_of_a_table_in_any_form(house: House, applied: Any, clock: pa.DataType) -> None:
    path = house.lake / "billing.parquet"
    table = pq.read_table(path)
    for at_, name in ((1, "event_timestamp"), (2, "created_timestamp")):
        table = table.set_column(table.column_names.index(name), name, table[name].cast(clock))
        assert at_
    write_parts(path, table)
    rows = at_every_moment()
    assert cells(ours(applied, rows)) == cells(feasts(applied, rows))


def test_a_table_of_several_files_is_read_as_one_file(house: House, applied: Any) -> None:
    rows = at_every_moment()
    whole = cells(ours(applied, rows))
    path = house.lake / "billing.parquet"
    table = pq.read_table(path)
    for number, start in enumerate(range(0, table.num_rows, 3), start=1):
        pq.write_table(table.slice(start, 3), path / f"{number:04d}.parquet")
    assert cells(ours(applied, rows)) == whole
    shutil.rmtree(path)
    pq.write_table(table, path)
    assert cells(ours(applied, rows)) == whole


HISTORY = st.lists(
    st.tuples(
        st.sampled_from("abc"),
        st.integers(0, 90),
        st.none() | st.integers(-1, 70),
        st.none() | st.integers(0, 9),
    ),
    max_size=40,
    unique_by=lambda line: line[:3],
)
ASKED = st.lists(st.tuples(st.sampled_from("abcd"), st.integers(-1, 200)), min_size=1, max_size=8)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=HISTORY, keys=ASKED, one_moment=st.booleans(), known_only=st.booleans())
def test_random_tables(
    house: House,
    applied: Any,
    history: Sequence[Any],
    keys: Sequence[Any],
    one_moment: bool,
    known_only: bool,
) -> None:
    start = pd.Timestamp("2025-01-01", tz="UTC")

    def day(number: int) -> pd.Timestamp:
        return start + pd.Timedelta(days=number)

    lines = [
        {
            "customerID": customer,
            "event_timestamp": day(event),
            "created_timestamp": None if delay is None else day(event + delay),
            "tenure": tenure,
            "TotalCharges": float(event),
        }
        for customer, event, delay, tenure in history
    ]
    write(house, lines)
    rows = asked(*[(key, day(keys[0][1] if one_moment else moment).isoformat()) for key, moment in keys])
    assert cells(ours(applied, rows, known_only)) == cells(feasts(applied, rows, known_only))


def test_features_get_their_declared_types_or_one_message(house: House, applied: Any) -> None:
    path = house.lake / "billing.parquet"
    table = pq.read_table(path)
    column = table.column_names.index("tenure")
    small = pa.array(range(table.num_rows), pa.int16())
    write_parts(path, table.set_column(column, "tenure", small))
    assert ours(applied, at_every_moment()).schema.field("tenure").type == pa.int64()
    halves = pa.array([number + 0.5 for number in range(table.num_rows)])
    write_parts(path, table.set_column(column, "tenure", halves))
    with pytest.raises(
        OfflineStoreError, match="'billing': column 'tenure' of .* is declared int64 and holds"
    ):
        ours(applied, at_every_moment())


def test_an_entity_column_of_a_features_name_is_refused(applied: Any) -> None:
    with pytest.raises(OfflineStoreError, match="a column 'tenure', which is also a feature"):
        ours(applied, asked(("late", OCTOBER)).assign(tenure=1))


def test_the_configuration_names_this_store(applied: Any) -> None:
    assert isinstance(applied.provider.offline_store, PointInTimeOfflineStore)

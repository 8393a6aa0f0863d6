from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pyarrow as pa
import pytest
from feast import Entity, FeatureView, Field, FileSource, ValueType
from feast.protos.feast.types.EntityKey_pb2 import EntityKey
from feast.protos.feast.types.Value_pb2 import Value
from feast.types import Bool, Float32, Float64, Int32, Int64, String
from house import at
from hypothesis import example, given
from hypothesis import strategies as st

from feature_repo.definitions import billing
from feature_repo.errors import DamagedRow, OnlineStoreError
from feature_repo.sqlite_store.arrow_rows import native_table, write_columns
from feature_repo.sqlite_store.row_check import checked, seed_of
from feature_repo.sqlite_store.rows import (
    FeastRow,
    checked_keys,
    delete_keys,
    filled_columns,
    from_micros,
    listed,
    places,
    proto_maker,
    read_rows,
    to_micros,
    write_rows,
)
from feature_repo.sqlite_store.schema import ViewTable, ensure, table_of

BILLING = replace(table_of("stayline_billing", billing), bit=2)
CHECKED = 2051211557
TABLE = ViewTable("t", "v", "customerID", {"tenure": "INTEGER", "name": "TEXT"}, None, bit=1)


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    with opened() as made:
        yield made
    made.close()


def opened() -> sqlite3.Connection:
    made = sqlite3.connect(":memory:", isolation_level=None)
    ensure(made, TABLE)
    return made


def feast_row(customer: str, day: int, created: int | None = None, **values: int | None) -> FeastRow:
    """Day and created are days of January 2026."""
    return (
        EntityKey(join_keys=["customerID"], entity_values=[Value(string_val=customer)]),
        {name: Value() if value is None else Value(int64_val=value) for name, value in values.items()},
        at(f"2026-01-{day:02}"),
        None if created is None else at(f"2026-01-{created:02}"),
    )


def stored(connection: sqlite3.Connection, *features: str) -> list[tuple[object, ...]]:
    keys = sorted(checked_keys(connection, TABLE))
    at = [TABLE.names.index(name) for name in ("customerID", *features)]
    return sorted(tuple(row[place] for place in at) for row in read_rows(connection, TABLE, keys))


@given(st.datetimes(timezones=st.just(UTC)))
@example(datetime(9999, 12, 31, 23, 59, 59, 999_999, UTC))
def test_a_moment_comes_back_to_the_microsecond(moment: datetime) -> None:
    assert from_micros(to_micros(moment)) == moment


def test_a_moment_of_any_zone_is_its_moment_in_utc_and_one_without_is_utc() -> None:
    bogota = timezone(timedelta(hours=-5))
    assert to_micros(datetime(1970, 1, 1, 1, tzinfo=UTC)) == 3_600_000_000
    assert to_micros(datetime(1969, 12, 31, 20, tzinfo=bogota)) == 3_600_000_000
    assert to_micros(datetime(1970, 1, 1, 1)) == 3_600_000_000


def test_an_older_row_never_overwrites_a_newer_one(connection: sqlite3.Connection) -> None:
    write_rows(connection, TABLE, [feast_row("A", 20, 20, tenure=2)])
    write_rows(connection, TABLE, [feast_row("A", 10, 30, tenure=1)])
    assert stored(connection, "tenure") == [("A", 2)]


def test_of_two_rows_of_one_moment_the_one_learned_later_wins(connection: sqlite3.Connection) -> None:
    write_rows(connection, TABLE, [feast_row("A", 20, 25, tenure=2)])
    write_rows(connection, TABLE, [feast_row("A", 20, 21, tenure=1), feast_row("A", 20, tenure=0)])
    assert stored(connection, "tenure") == [("A", 2)]
    write_rows(connection, TABLE, [feast_row("A", 20, 25, tenure=3)])
    assert stored(connection, "tenure") == [("A", 3)]


clocks = st.tuples(st.integers(1, 5), st.integers(1, 5))


@given(st.lists(clocks, min_size=1, max_size=8, unique=True))
def test_in_whatever_order_rows_come_the_latest_stands(written: list[tuple[int, int]]) -> None:
    with opened() as connection:
        for event, created in written:
            write_rows(connection, TABLE, [feast_row("A", event, created, tenure=10 * event + created)])
        event, created = max(written)
        assert stored(connection, "tenure") == [("A", 10 * event + created)]
    connection.close()


def test_null_overwrites_and_a_feature_left_out_does_not(connection: sqlite3.Connection) -> None:
    write_rows(connection, TABLE, [feast_row("A", 1, tenure=1)])
    key, values, *clocks = feast_row("A", 1, tenure=1)
    write_rows(connection, TABLE, [(key, {"name": Value(string_val="kept")}, *clocks)])
    write_rows(connection, TABLE, [feast_row("A", 2, tenure=None)])
    assert stored(connection, "tenure", "name") == [("A", None, "kept")]


def test_more_keys_than_one_statement_takes_are_read(connection: sqlite3.Connection) -> None:
    customers = [f"{number:04}" for number in range(1201)]
    write_rows(connection, TABLE, [feast_row(customer, 1, tenure=1) for customer in customers])
    assert len(stored(connection, "tenure")) == 1201
    assert [row[0] for row in read_rows(connection, TABLE, ["none", "0007"])] == ["0007"]


def test_filled_columns_and_deleted_keys(connection: sqlite3.Connection) -> None:
    write_rows(connection, TABLE, [feast_row("A", 1, tenure=1), feast_row("B", 1, tenure=None)])
    assert filled_columns(connection, TABLE) == {"tenure"}
    assert delete_keys(connection, TABLE, ["A", "C"]) == 1
    assert delete_keys(connection, TABLE, []) == 0
    assert listed(connection, [TABLE])["v"].to_pylist() == ["B"]
    assert checked_keys(connection, TABLE) == {"B"}
    assert filled_columns(connection, TABLE) == set()


def arrow(**columns: pa.Array) -> pa.Table:
    """Two rows of the billing table, as the offline store returns them."""
    day = pa.array([at("2026-01-01"), at("2026-01-02")], pa.timestamp("us", tz="UTC"))
    plain = {field.name: pa.array([1.0, 2.0]) for field in billing.features}
    keys = {"customerID": pa.array(["B", "A"]), "event_timestamp": day, "created_timestamp": day}
    return pa.table({**keys, **plain, "tenure": pa.array([1, 2]), **columns})


def test_arrow_columns_are_cast_and_sorted_by_the_key() -> None:
    native = native_table(billing, arrow(tenure=pa.array([1.0, None])))
    assert native.column_names[:4] == ["customerID", "event_ts", "created_ts", "tenure"]
    assert native["customerID"].to_pylist() == ["A", "B"]
    assert native["tenure"].to_pylist() == [None, 1]
    assert native["tenure"].type == pa.int64()
    assert native["event_ts"][0].as_py() == to_micros(at("2026-01-02"))


def test_nanoseconds_and_missing_zones_are_taken_as_utc_microseconds() -> None:
    nanoseconds = pa.array([1_000, 2_000], pa.timestamp("ns"))
    assert native_table(billing, arrow(event_timestamp=nanoseconds))["event_ts"].to_pylist() == [2, 1]


def test_a_fraction_in_a_whole_number_is_refused_and_named() -> None:
    said = "^Column 'tenure' of view 'billing' is declared int64 and holds other values: .*1.5.*"
    with pytest.raises(OnlineStoreError, match=said):
        native_table(billing, arrow(tenure=pa.array([1.5, 2.0])))


def test_a_missing_column_is_named() -> None:
    for name in ("TotalCharges", "customerID", "event_timestamp", "created_timestamp"):
        with pytest.raises(OnlineStoreError) as refused:
            native_table(billing, arrow().drop_columns([name]))
        assert str(refused.value) == f"The source of view 'billing' has no column {name!r}."


def test_a_source_without_a_created_clock_leaves_it_empty() -> None:
    source = FileSource(path="/nowhere.parquet", timestamp_field="event_timestamp")
    customer = Entity(name="customer", join_keys=["customerID"], value_type=ValueType.STRING)
    fields = [Field(name="customerID", dtype=String), Field(name="tenure", dtype=Int64)]
    view = FeatureView(name="billing", entities=[customer], schema=fields, source=source)
    native = native_table(view, arrow())
    assert native.column_names == ["customerID", "event_ts", "created_ts", "tenure"]
    assert native["created_ts"].to_pylist() == [None, None]
    assert native["created_ts"].type == pa.int64()


def test_values_become_feasts_of_their_declared_type() -> None:
    make = proto_maker(billing, ["MonthlyCharges", "tenure"])
    assert make([20.5, None]) == {"MonthlyCharges": Value(double_val=20.5), "tenure": Value()}
    with pytest.raises(ValueError, match="shorter"):
        make([20.5])


def test_clocks_are_kept_beside_the_values(connection: sqlite3.Connection) -> None:
    write_rows(connection, TABLE, [feast_row("A", 2, 3, tenure=1), feast_row("B", 2, tenure=1)])
    clocks = connection.execute("SELECT event_ts, created_ts FROM t ORDER BY customerID").fetchall()
    second, third = to_micros(at("2026-01-02")), to_micros(at("2026-01-03"))
    assert clocks == [(second, third), (second, None)]


def test_arrow_rows_are_written_as_they_are_and_nan_is_null(connection: sqlite3.Connection) -> None:
    ensure(connection, BILLING)
    native = native_table(billing, arrow(TotalCharges=pa.array([float("nan"), 2.5])))
    write_columns(connection, BILLING, native.to_batches()[0])
    rows = [dict(zip(BILLING.names, row, strict=False)) for row in read_rows(connection, BILLING, ["A", "B"])]
    assert [(row["customerID"], row["tenure"], row["TotalCharges"]) for row in rows] == [
        ("A", 2, 2.5),
        ("B", 1, None),
    ]


VALUES = {
    "flag": st.booleans() | st.none(),
    "small": st.integers(-(2**31), 2**31 - 1) | st.none(),
    "whole": st.integers(-(2**63), 2**63 - 1) | st.none(),
    "single": st.floats(width=32) | st.none(),
    "double": st.floats() | st.none() | st.sampled_from([0.0, -0.0, 1.0, 1e15, 2.0**60]),
    "text": st.text(st.characters(exclude_categories=["Cs"])) | st.none(),
}
ARROW = {
    "flag": pa.bool_(),
    "small": pa.int32(),
    "whole": pa.int64(),
    "single": pa.float32(),
    "double": pa.float64(),
    "text": pa.string(),
}
FIELDS = {
    "flag": ("bool_val", Bool),
    "small": ("int32_val", Int32),
    "whole": ("int64_val", Int64),
    "single": ("float_val", Float32),
    "double": ("double_val", Float64),
    "text": ("string_val", String),
}
TYPED = FeatureView(
    name="typed",
    entities=[Entity(name="customer", join_keys=["customerID"], value_type=ValueType.STRING)],
    schema=[
        Field(name="customerID", dtype=String),
        *(Field(name=n, dtype=t) for n, (_, t) in FIELDS.items()),
    ],
    source=FileSource(path="/nowhere.parquet", timestamp_field="event_timestamp"),
)


@given(st.fixed_dictionaries(VALUES))
@example(dict.fromkeys(VALUES) | {"single": float("nan"), "double": float("nan")})
def test_whatever_is_written_either_way_comes_back_whole(values: dict[str, Any]) -> None:
    table = replace(table_of("typed", TYPED), bit=1)
    proto = {
        name: Value() if value is None else Value(**{FIELDS[name][0]: value})
        for name, value in values.items()
    }
    key = EntityKey(join_keys=["customerID"], entity_values=[Value(string_val="feast")])
    columns = {"customerID": pa.array(["arrow"]), "event_timestamp": pa.array([at("2026-01-01")])}
    columns |= {name: pa.array([value], ARROW[name]) for name, value in values.items()}
    made = sqlite3.connect(":memory:", isolation_level=None)
    ensure(made, table)
    write_rows(made, table, [(key, proto, at("2026-01-01"), None)])
    write_columns(made, table, native_table(TYPED, pa.table(columns)))
    one, other = (row[1:-1] for row in read_rows(made, table, ["arrow", "feast"]))
    assert repr(one) == repr(other)
    made.close()


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE t SET tenure = 2 WHERE customerID = 'A'",
        "UPDATE t SET tenure = NULL WHERE customerID = 'A'",
        "UPDATE t SET name = '1', tenure = NULL WHERE customerID = 'A'",
        "UPDATE t SET event_ts = event_ts + 1 WHERE customerID = 'A'",
        "UPDATE t SET created_ts = 1 WHERE customerID = 'A'",
        "UPDATE t SET row_check = row_check + 1 WHERE customerID = 'A'",
        "UPDATE t SET customerID = 'a' WHERE customerID = 'A'",
        "DELETE FROM t WHERE customerID = 'A'",
        "UPDATE stored_rows SET views = 2 WHERE key = 'A'",
        "UPDATE stored_rows SET key = 'a' WHERE key = 'A'",
    ],
)
def test_what_is_not_as_it_was_written_is_an_error(connection: sqlite3.Connection, damage: str) -> None:
    write_rows(connection, TABLE, [feast_row("A", 1, tenure=1), feast_row("B", 1, tenure=2)])
    assert connection.execute(damage).rowcount == 1
    with pytest.raises(DamagedRow) as refused:
        list(read_rows(connection, TABLE, ["A", "a"]))
    assert str(refused.value) == (
        "View 'v': a customer's row in the online store is damaged, or no longer found; "
        "run `python -m serving materialize`, which writes the view anew."
    )
    with pytest.raises(DamagedRow, match="View 'v': "):
        checked_keys(connection, TABLE)
    assert [row[0] for row in read_rows(connection, TABLE, ["B"])] == ["B"]


def test_a_part_of_a_row_does_not_make_a_damaged_one_whole(connection: sqlite3.Connection) -> None:
    write_rows(connection, TABLE, [feast_row("A", 1, tenure=1)])
    connection.execute("UPDATE t SET name = 'changed'")
    with pytest.raises(DamagedRow):
        write_rows(connection, TABLE, [feast_row("A", 2, tenure=2)])


def test_a_check_is_the_same_in_every_process() -> None:
    row = ("0001-ABC\u00e9", 1764547200000000, None, 1, 1.0, "", -0.5)
    assert checked(row, seed_of("t", ["key", "event_ts"]))[-1] == CHECKED
    assert checked((*row[:3], 1.0, 1, *row[5:]), seed_of("t", ["key", "event_ts"]))[-1] != CHECKED


def test_rows_with_different_features_are_written_in_their_order(connection: sqlite3.Connection) -> None:
    def named(day: int, name: str) -> FeastRow:
        key, _, event, created = feast_row("A", day)
        return key, {"name": Value(string_val=name)}, event, created

    rows = [feast_row("A", 1, tenure=1), named(2, "first"), named(3, "second"), feast_row("A", 4, tenure=2)]
    write_rows(connection, TABLE, rows)
    assert stored(connection, "name", "tenure") == [("A", "second", 2)]


def test_arrow_rows_of_those_who_left_are_left_out(connection: sqlite3.Connection) -> None:
    ensure(connection, BILLING)
    native = native_table(billing, arrow())
    write_columns(connection, BILLING, native, left={"A"})
    assert checked_keys(connection, BILLING) == {"B"}
    with pytest.raises(OnlineStoreError) as refused:
        write_columns(connection, TABLE, native)
    assert str(refused.value) == "View 'v': the online store has other columns; run `feast apply`."


def test_a_whole_row_is_written_over_a_damaged_one(connection: sqlite3.Connection) -> None:
    write_rows(connection, TABLE, [feast_row("A", 1, tenure=1)])
    connection.execute("UPDATE t SET name = 'changed'")
    key, values, *clocks = feast_row("A", 2, tenure=2)
    write_rows(connection, TABLE, [(key, {**values, "name": Value(string_val="new")}, *clocks)])
    assert stored(connection, "tenure", "name") == [("A", 2, "new")]


def test_a_feature_without_a_column_is_named(connection: sqlite3.Connection) -> None:
    assert places(TABLE, ["name", "event_ts"]) == [4, 1]
    with pytest.raises(OnlineStoreError) as refused:
        write_rows(connection, TABLE, [feast_row("A", 1, tenure=1, odd=2, other=3)])
    assert str(refused.value) == ("View 'v': the online store has no column named odd; run `feast apply`.")

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest
from feast import Entity, FeatureView, Field, FileSource, ValueType
from feast.types import Array, FeastType, Float64, Int64, String

from feature_repo.errors import OnlineStoreError
from feature_repo.sqlite_store.schema import (
    ViewTable,
    drop,
    ensure,
    mark_complete,
    quoted,
    read_base,
    read_state,
    table_of,
)

NAME = "stayline_billing"


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    opened = sqlite3.connect(":memory:", isolation_level=None)
    yield opened
    opened.close()


def table(base: str | None = "a", **columns: str) -> ViewTable:
    return ViewTable(NAME, "billing", "customerID", columns or {"tenure": "INTEGER"}, base)


def insert(connection: sqlite3.Connection, customer: str, **values: object) -> None:
    names = ", ".join(["customerID", "event_ts", *map(quoted, values)])
    marks = ", ".join("?" * (2 + len(values)))
    connection.execute(f"INSERT INTO {NAME} ({names}) VALUES ({marks})", (customer, 1, *values.values()))


def rows(connection: sqlite3.Connection, columns: str) -> list[tuple[object, ...]]:
    return connection.execute(f"SELECT {columns} FROM {NAME} ORDER BY customerID").fetchall()


def view(dtype: FeastType = Int64, name: str = "tenure", key: FeastType = String) -> FeatureView:
    value_type = ValueType.STRING if key is String else ValueType.INT64
    return FeatureView(
        name="billing",
        entities=[Entity(name="customer", join_keys=["customerID"], value_type=value_type)],
        schema=[Field(name="customerID", dtype=key), Field(name=name, dtype=dtype)],
        source=FileSource(path="/nowhere.parquet", timestamp_field="event_timestamp"),
        tags={"base": "a"},
    )


def test_a_view_becomes_a_table_of_typed_columns() -> None:
    assert table_of(NAME, view()) == table(tenure="INTEGER")
    assert dict(table_of(NAME, view(Float64)).columns) == {"tenure": "REAL"}


def test_a_type_without_a_column_is_refused() -> None:
    with pytest.raises(OnlineStoreError) as refused:
        table_of(NAME, view(Array(Int64)))
    assert str(refused.value) == (
        "Feature billing:tenure is Array(Int64); the SQLite online store holds String, Int32, Int64, Bool, "
        "Float32, Float64."
    )


def test_a_name_that_the_store_uses_is_refused() -> None:
    for name in ("Event_TS", "created_ts"):
        with pytest.raises(OnlineStoreError) as refused:
            table_of(NAME, view(name=name))
        assert str(refused.value) == (
            f"Feature billing:{name} has a name the online store uses itself; rename it."
        )


def test_another_kind_of_key_is_refused() -> None:
    with pytest.raises(OnlineStoreError) as refused:
        table_of(NAME, view(key=Int64))
    assert str(refused.value) == (
        "Feature view 'billing' needs exactly one join key of type String, not [('customerID', 'Int64')]."
    )


def test_the_base_of_a_table_is_read_and_a_missing_table_told(connection: sqlite3.Connection) -> None:
    def missing() -> str:
        with pytest.raises(OnlineStoreError) as refused:
            read_base(connection, table())
        return str(refused.value)

    told = "The online store has no table for view 'billing'; run `feast apply`."
    assert missing() == told
    ensure(connection, ViewTable("stayline_other", "other", "customerID", {}, "a"))
    assert missing() == told
    ensure(connection, table("b"))
    assert read_base(connection, table("a")) == "b"


def test_another_error_than_a_missing_table_stays_itself(connection: sqlite3.Connection) -> None:
    connection.execute("CREATE TABLE view_meta (view TEXT)")
    with pytest.raises(sqlite3.OperationalError, match="no such column"):
        read_base(connection, table())


def test_a_new_table_is_empty_and_not_complete(connection: sqlite3.Connection) -> None:
    assert read_state(connection, NAME) is None
    ensure(connection, table())
    state = read_state(connection, NAME)
    assert state is not None
    assert (state.base, state.complete_until, dict(state.columns)) == ("a", None, {"tenure": "INTEGER"})
    assert rows(connection, "*") == []


def test_ensuring_again_keeps_the_rows_and_completeness(connection: sqlite3.Connection) -> None:
    ensure(connection, table())
    insert(connection, "A", tenure=3)
    mark_complete(connection, NAME, 5)
    ensure(connection, table())
    state = read_state(connection, NAME)
    assert state is not None
    assert state.complete_until == 5
    assert rows(connection, "customerID, tenure") == [("A", 3)]


def test_completeness_never_goes_back(connection: sqlite3.Connection) -> None:
    ensure(connection, table())
    for until, complete_until in ((5, 5), (3, 5), (8, 8)):
        mark_complete(connection, NAME, until)
        state = read_state(connection, NAME)
        assert state is not None
        assert state.complete_until == complete_until


def test_an_added_feature_is_null_until_materialized(connection: sqlite3.Connection) -> None:
    ensure(connection, table())
    insert(connection, "A", tenure=3)
    mark_complete(connection, NAME, 5)
    ensure(connection, table(tenure="INTEGER", MonthlyCharges="REAL"))
    state = read_state(connection, NAME)
    assert state is not None
    assert state.complete_until is None
    assert rows(connection, "tenure, MonthlyCharges") == [(3, None)]


def test_a_removed_and_a_retyped_feature_go_and_the_rest_stays(connection: sqlite3.Connection) -> None:
    ensure(connection, table(tenure="INTEGER", gone="TEXT", retyped="INTEGER"))
    insert(connection, "A", tenure=3, gone="x", retyped=7)
    ensure(connection, table(retyped="TEXT", tenure="INTEGER"))
    assert rows(connection, "*") == [("A", 1, None, None, 3)]
    insert(connection, "B", retyped="now text")
    assert rows(connection, "retyped") == [(None,), ("now text",)]


def test_another_base_empties_the_table(connection: sqlite3.Connection) -> None:
    ensure(connection, table("a"))
    insert(connection, "A", tenure=3)
    mark_complete(connection, NAME, 5)
    ensure(connection, table("b"))
    state = read_state(connection, NAME)
    assert state is not None
    assert (state.base, state.complete_until) == ("b", None)
    assert rows(connection, "*") == []


def test_an_unknown_base_leaves_what_is_there(connection: sqlite3.Connection) -> None:
    ensure(connection, table("a"))
    insert(connection, "A", tenure=3)
    ensure(connection, table(None))
    state = read_state(connection, NAME)
    assert state is not None
    assert state.base == "a"
    assert rows(connection, "customerID") == [("A",)]


def test_a_dropped_table_is_forgotten(connection: sqlite3.Connection) -> None:
    ensure(connection, table())
    drop(connection, NAME)
    drop(connection, NAME)
    assert read_state(connection, NAME) is None


def test_a_store_of_another_version_is_begun_anew(connection: sqlite3.Connection) -> None:
    connection.execute("CREATE TABLE view_meta (view TEXT PRIMARY KEY, base TEXT, complete INTEGER)")
    connection.execute(f"INSERT INTO view_meta VALUES ('{NAME}', 'a', 1)")
    connection.execute(f"CREATE TABLE {NAME} (customerID TEXT PRIMARY KEY, packed BLOB)")
    ensure(connection, table())
    assert rows(connection, "customerID, tenure") == []
    state = read_state(connection, NAME)
    assert state is not None
    assert state.base == "a"


@pytest.mark.skipif(sqlite3.sqlite_version_info < (3, 37), reason="SQLite before 3.37 has no strict tables")
def test_a_value_of_another_type_is_refused(connection: sqlite3.Connection) -> None:
    ensure(connection, table())
    with pytest.raises(sqlite3.IntegrityError, match="cannot store REAL value in INTEGER column"):
        insert(connection, "A", tenure=3.5)


@pytest.mark.parametrize("name", ["plain", 'quo"te', "sp ace", "select"])
def test_any_name_can_be_a_column(connection: sqlite3.Connection, name: str) -> None:
    ensure(connection, table(**{name: "TEXT"}))
    insert(connection, "A", **{name: "x"})
    assert rows(connection, quoted(name)) == [("x",)]

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest
from feast import Entity, FeatureView, Field, FileSource, ValueType
from feast.types import Array, FeastType, Float64, Int64, String

from feature_repo.errors import DamagedRow, OnlineStoreError
from feature_repo.sqlite_store.left import read_left, record_left
from feature_repo.sqlite_store.row_check import add_stored, checked, is_whole, seed_of, stored_keys
from feature_repo.sqlite_store.schema import (
    ViewTable,
    drop,
    ensure,
    known_state,
    mark_complete,
    quoted,
    read_state,
    renew,
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
    names = [row[1] for row in connection.execute(f"PRAGMA table_info({NAME})")][:-1]
    row = tuple({"customerID": customer, "event_ts": 1, **values}.get(name) for name in names)
    marks = ", ".join("?" * (len(names) + 1))
    connection.execute(f"INSERT INTO {NAME} VALUES ({marks})", checked(row, seed_of(NAME, names)))


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
    mark_complete(connection, table(), 5)
    ensure(connection, table())
    state = read_state(connection, NAME)
    assert state is not None
    assert state.complete_until == 5
    assert rows(connection, "customerID, tenure") == [("A", 3)]


def test_completeness_never_goes_back(connection: sqlite3.Connection) -> None:
    ensure(connection, table())
    for until, complete_until in ((5, 5), (3, 5), (8, 8)):
        mark_complete(connection, table(), until)
        state = read_state(connection, NAME)
        assert state is not None
        assert state.complete_until == complete_until


def test_an_added_feature_is_null_until_materialized(connection: sqlite3.Connection) -> None:
    ensure(connection, table())
    insert(connection, "A", tenure=3)
    mark_complete(connection, table(), 5)
    ensure(connection, table(tenure="INTEGER", MonthlyCharges="REAL"))
    state = read_state(connection, NAME)
    assert state is not None
    assert state.complete_until is None
    assert rows(connection, "tenure, MonthlyCharges") == [(3, None)]


def test_a_removed_and_a_retyped_feature_go_and_the_rest_stays(connection: sqlite3.Connection) -> None:
    ensure(connection, table(tenure="INTEGER", gone="TEXT", retyped="INTEGER"))
    insert(connection, "A", tenure=3, gone="x", retyped=7)
    ensure(connection, table(retyped="TEXT", tenure="INTEGER"))
    assert rows(connection, "customerID, event_ts, created_ts, retyped, tenure") == [("A", 1, None, None, 3)]
    seed = table(retyped="TEXT", tenure="INTEGER").seed
    assert all(is_whole(row, seed) for row in rows(connection, "*"))
    insert(connection, "B", retyped="now text")
    assert rows(connection, "retyped") == [(None,), ("now text",)]


def test_a_damaged_row_is_not_given_a_check_that_fits(connection: sqlite3.Connection) -> None:
    ensure(connection, table())
    insert(connection, "A", tenure=3)
    connection.execute(f"UPDATE {NAME} SET tenure = 2")
    with pytest.raises(DamagedRow, match="View 'billing': a customer's row in the online store is damaged"):
        ensure(connection, table(tenure="INTEGER", MonthlyCharges="REAL"))


def test_features_in_another_order_are_written_again(connection: sqlite3.Connection) -> None:
    ensure(connection, table(a="INTEGER", b="INTEGER"))
    insert(connection, "A", a=1, b=2)
    turned = table(b="INTEGER", a="INTEGER")
    ensure(connection, turned)
    assert [row[3:5] for row in rows(connection, "*") if is_whole(row, turned.seed)] == [(2, 1)]


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE view_meta SET complete_until = 6",
        "UPDATE view_meta SET base = 'b'",
        "UPDATE view_meta SET bit = 2",
        "UPDATE view_meta SET columns = 'no JSON'",
        "UPDATE view_meta SET view = 'stayline_bilking'",
    ],
)
def test_a_damaged_description_is_refused_with_the_cure(connection: sqlite3.Connection, damage: str) -> None:
    ensure(connection, table())
    mark_complete(connection, table(), 5)
    connection.execute(damage)
    for read in (lambda: read_state(connection, NAME), lambda: ensure(connection, table())):
        with pytest.raises(
            OnlineStoreError, match="its table 'stayline_billing' is damaged; remove its file"
        ):
            read()


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE left_customers SET key = 'C' WHERE key = 'B'",
        "DELETE FROM left_customers WHERE key = 'B'",
        "DELETE FROM left_customers WHERE typeof(key) = 'blob'",
    ],
)
def test_a_damaged_record_of_who_left_is_refused_until_it_is_written_again(
    connection: sqlite3.Connection, damage: str
) -> None:
    ensure(connection, table())
    record_left(connection, ["B", "A"])
    assert read_left(connection) == {"A", "B"}
    connection.execute(damage)
    with pytest.raises(OnlineStoreError, match="who left is damaged; run `python -m serving materialize`"):
        read_left(connection)
    record_left(connection, ["A"])
    assert read_left(connection) == {"A"}


def test_another_base_empties_the_table(connection: sqlite3.Connection) -> None:
    ensure(connection, table("a"))
    insert(connection, "A", tenure=3)
    mark_complete(connection, table(), 5)
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


def test_each_view_has_a_bit_of_its_own_and_a_dropped_one_gives_it_back(
    connection: sqlite3.Connection,
) -> None:
    def bit(name: str) -> int:
        ensure(connection, ViewTable(name, name, "customerID", {}, None))
        state = read_state(connection, name)
        assert state is not None
        return state.bit

    assert [bit(name) for name in "abcb"] == [1, 2, 4, 2]
    drop(connection, "b")
    assert bit("d") == 2


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


def test_a_table_made_anew_is_empty_whatever_was_damaged_in_it(connection: sqlite3.Connection) -> None:
    other = ViewTable("other", "services", "customerID", {}, None)
    ensure(connection, other)
    ensure(connection, table())
    before = known_state(connection, table())
    insert(connection, "A", tenure=3)
    for each in (other, table()):
        add_stored(connection, known_state(connection, each).bit, ["A"])
    mark_complete(connection, table(), 5)
    connection.execute(f"UPDATE {NAME} SET tenure = 2")
    renew(connection, table())
    assert known_state(connection, table()) == before
    assert rows(connection, "*") == []
    assert stored_keys(connection, before.bit) == set()
    assert stored_keys(connection, known_state(connection, other).bit) == {"A"}
    insert(connection, "B", tenure=4)
    assert rows(connection, "customerID, tenure") == [("B", 4)]


def test_a_table_that_is_not_there_is_told_with_its_view(connection: sqlite3.Connection) -> None:
    for act in (lambda: known_state(connection, table()), lambda: renew(connection, table())):
        with pytest.raises(OnlineStoreError) as refused:
            act()
        assert str(refused.value) == ("The online store has no table for view 'billing'; run `feast apply`.")

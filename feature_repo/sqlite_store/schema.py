"""Tables of the online store: one per feature view, one row per customer, one typed column per feature.

    stayline_billing(customerID TEXT PRIMARY KEY, event_ts INTEGER, created_ts INTEGER, tenure INTEGER, ...,
                     row_check INTEGER)
    view_meta(view TEXT PRIMARY KEY, base TEXT, complete_until INTEGER, columns TEXT, bit INTEGER,
              row_check INTEGER)

`event_ts` and `created_ts` are microseconds since 1970-01-01 00:00 UTC. `view_meta` records for each table
the base of its rows, the moment up to which it has every row within the TTL, and its columns. `row_check.py`
says what `row_check` and `bit` are for. This module does not import Feast, which takes seconds, because
readers of native rows use it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from feature_repo.errors import OnlineStoreError
from feature_repo.lake import BASE_TAG
from feature_repo.sqlite_store.left import TABLE as LEFT
from feature_repo.sqlite_store.left import ensure_left, record_left
from feature_repo.sqlite_store.row_check import (
    CHECK,
    CREATE_STORED_ROWS,
    REMOVE,
    STORED_ROWS,
    checked,
    damaged,
    forget_stored,
    is_whole,
    seed_of,
)

if TYPE_CHECKING:
    from feast import FeatureView

EVENT_TS = "event_ts"
CREATED_TS = "created_ts"
META = "view_meta"
_META_COLUMNS = (
    "view TEXT PRIMARY KEY",
    "base TEXT",
    "complete_until INTEGER",
    "columns TEXT NOT NULL",
    "bit INTEGER NOT NULL",
    f"{CHECK} INTEGER NOT NULL",
)
_META_NAMES = [column.split()[0] for column in _META_COLUMNS]
_META_SEED = seed_of(META, _META_NAMES[:-1])
_CREATE_META = f"CREATE TABLE IF NOT EXISTS {META} ({', '.join(_META_COLUMNS)})"
SQL_TYPE: Mapping[str, str] = {
    "String": "TEXT",
    "Int32": "INTEGER",
    "Int64": "INTEGER",
    "Bool": "INTEGER",
    "Float32": "REAL",
    "Float64": "REAL",
}
# STRICT makes SQLite refuse a value that is not of its column's type; older versions would store it.
_OPTIONS = "STRICT, WITHOUT ROWID" if sqlite3.sqlite_version_info >= (3, 37) else "WITHOUT ROWID"


@dataclass(frozen=True)
class ViewTable:
    """The table of one feature view.

    Parameters
    ----------
    name : str
        `<project>_<view>`.
    view : str
        The feature view.
    key : str
        Join key, which is the primary key.
    columns : mapping of str to str
        SQLite type of each feature, in the view's order.
    base : str or None
        Base that the view was defined for; None if there was no lake.
    bit : int
        As `TableState`; 0 before the table is there.
    """

    name: str
    view: str
    key: str
    columns: Mapping[str, str]
    base: str | None
    bit: int = 0

    @cached_property
    def names(self) -> list[str]:
        """All columns but the check, in order."""
        return [self.key, EVENT_TS, CREATED_TS, *self.columns]

    @cached_property
    def seed(self) -> int:
        """Where the checks of its rows begin."""
        return seed_of(self.name, self.names)


@dataclass(frozen=True)
class TableState:
    """What `view_meta` says of a table.

    Parameters
    ----------
    base : str or None
        Base that its rows come from; None for an unknown one.
    complete_until : int or None
        Moment, in microseconds since 1970 UTC, up to which it holds every row within the TTL; None if it has
        not been filled since its columns or its base changed.
    columns : mapping of str to str
        SQLite type of each feature.
    bit : int
        Power of two that stands for the view in `stored_rows`.
    """

    base: str | None
    complete_until: int | None
    columns: Mapping[str, str]
    bit: int


def table_of(name: str, view: FeatureView) -> ViewTable:
    """Table for a feature view.

    Raises
    ------
    OnlineStoreError
        The view has not exactly one STRING join key, or a feature is of a type or name that has no column.
    """
    keys = [(field.name, str(field.dtype)) for field in view.entity_columns]
    if len(keys) != 1 or keys[0][1] != "String":
        raise OnlineStoreError(
            f"Feature view {view.name!r} needs exactly one join key of type String, not {keys}."
        )
    columns = {field.name: _sql_type(view.name, field.name, str(field.dtype)) for field in view.features}
    return ViewTable(name, view.name, keys[0][0], columns, view.tags.get(BASE_TAG))


def read_state(connection: sqlite3.Connection, table: str) -> TableState | None:
    """State of a table, or None when the store has no such table.

    Raises
    ------
    OnlineStoreError
        What the store says of the table is not what was written.
    """
    query = f"SELECT {', '.join(_META_NAMES)} FROM {META} WHERE view = ?"
    row = connection.execute(query, (table,)).fetchone() if _exists(connection, META) else None
    if row is None and not _exists(connection, table):
        return None
    if row is None or not is_whole(row, _META_SEED):
        raise OnlineStoreError(f"What the online store says of its table {table!r} is damaged; {REMOVE}")
    return TableState(row[1], row[2], json.loads(row[3]), row[4])


def known_state(connection: sqlite3.Connection, table: ViewTable) -> TableState:
    """State of a view's table, which must be there.

    Raises
    ------
    OnlineStoreError
        The store has no such table, or what it says of it is damaged.
    """
    state = read_state(connection, table.name)
    if state is None:
        raise OnlineStoreError(f"The online store has no table for view {table.view!r}; run `feast apply`.")
    return state


def ensure(connection: sqlite3.Connection, table: ViewTable) -> None:
    """Create a table, or bring it to the view's columns and base; a new base empties it.

    A view without a base (applied without a lake) keeps the stored rows and their base.
    The caller holds the transaction.
    """
    _ensure_own(connection)
    state = read_state(connection, table.name)
    if state is None:
        connection.execute(create_sql(table, table.name))
        _write_state(
            connection, table.name, TableState(table.base, None, table.columns, _free_bit(connection))
        )
        return
    unchanged = list(state.columns.items()) == list(table.columns.items())
    if not unchanged:
        _evolve(connection, table, state.columns)
    moved = table.base is not None and table.base != state.base
    if moved:
        connection.execute(f"DELETE FROM {quoted(table.name)}")
        forget_stored(connection, state.bit)
        record_left(connection, ())
    base = table.base if moved else state.base
    until = state.complete_until if unchanged and not moved else None
    _change_state(connection, table.name, state, TableState(base, until, table.columns, state.bit))


def renew(connection: sqlite3.Connection, table: ViewTable) -> None:
    """Make a table anew and empty, whatever is damaged in it. The caller holds the transaction."""
    state = known_state(connection, table)
    drop(connection, table.name)
    connection.execute(create_sql(table, table.name))
    _write_state(connection, table.name, replace(state, complete_until=None))


def drop(connection: sqlite3.Connection, name: str) -> None:
    """Drop a table and its row in `view_meta`. The caller holds the transaction."""
    _ensure_own(connection)
    state = read_state(connection, name)
    if state is not None:
        connection.execute(f"DROP TABLE {quoted(name)}")
        connection.execute(f"DELETE FROM {META} WHERE view = ?", (name,))
        forget_stored(connection, state.bit)


def mark_complete(connection: sqlite3.Connection, table: ViewTable, until: int) -> None:
    """Record that a table holds every row within the TTL up to a moment, in microseconds since 1970 UTC."""
    state = known_state(connection, table)
    latest = until if state.complete_until is None else max(state.complete_until, until)
    _change_state(connection, table.name, state, replace(state, complete_until=latest))


def create_sql(table: ViewTable, name: str) -> str:
    """CREATE TABLE statement for a table under the given name."""
    features = "".join(f", {quoted(column)} {kind}" for column, kind in table.columns.items())
    clocks = f"{EVENT_TS} INTEGER NOT NULL, {CREATED_TS} INTEGER"
    columns = f"{quoted(table.key)} TEXT PRIMARY KEY, {clocks}{features}, {CHECK} INTEGER NOT NULL"
    return f"CREATE TABLE {quoted(name)} ({columns}) {_OPTIONS}"


def quoted(identifier: str) -> str:
    """Quote an identifier for SQL, whatever characters it has."""
    return '"' + identifier.replace('"', '""') + '"'


def _sql_type(view: str, feature: str, dtype: str) -> str:
    if dtype not in SQL_TYPE:
        raise OnlineStoreError(
            f"Feature {view}:{feature} is {dtype}; the SQLite online store holds {', '.join(SQL_TYPE)}."
        )
    if feature.lower() in (EVENT_TS, CREATED_TS, CHECK):
        raise OnlineStoreError(
            f"Feature {view}:{feature} has a name the online store uses itself; rename it."
        )
    return SQL_TYPE[dtype]


def _exists(connection: sqlite3.Connection, table: str) -> bool:
    found = connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    return found is not None


def _ensure_own(connection: sqlite3.Connection) -> None:
    """Create the tables that belong to no view. In a store of another version all are begun anew."""
    if _exists(connection, META):
        columns = [row[1] for row in connection.execute(f"PRAGMA table_info({META})")]
        if columns != _META_NAMES:
            views = [row[0] for row in connection.execute(f"SELECT view FROM {META}")]
            for name in (*views, LEFT, STORED_ROWS, META):
                connection.execute(f"DROP TABLE IF EXISTS {quoted(name)}")
    connection.execute(_CREATE_META)
    connection.execute(CREATE_STORED_ROWS)
    ensure_left(connection)


def _free_bit(connection: sqlite3.Connection) -> int:
    used = {row[0] for row in connection.execute(f"SELECT bit FROM {META}")}
    return next(bit for bit in (1 << place for place in range(62)) if bit not in used)


def _evolve(connection: sqlite3.Connection, table: ViewTable, old: Mapping[str, str]) -> None:
    """Write a table's rows again with other columns; what has no column any more is gone."""
    before = replace(table, columns=old)
    kept = {name for name, kind in table.columns.items() if old.get(name) == kind}
    rebuilt = f"{table.name}__rebuilt"
    connection.execute(create_sql(table, rebuilt))
    marks = ", ".join("?" * (len(table.names) + 1))
    for row in connection.execute(f"SELECT * FROM {quoted(table.name)}").fetchall():
        if not is_whole(row, before.seed):
            raise damaged(table.view)
        values = dict(zip(before.names, row, strict=False))  # the check has no name
        features = (values[name] if name in kept else None for name in table.columns)
        new = (*(values[name] for name in table.names[:3]), *features)
        connection.execute(f"INSERT INTO {quoted(rebuilt)} VALUES ({marks})", checked(new, table.seed))
    connection.execute(f"DROP TABLE {quoted(table.name)}")
    connection.execute(f"ALTER TABLE {quoted(rebuilt)} RENAME TO {quoted(table.name)}")


def _change_state(connection: sqlite3.Connection, name: str, old: TableState, new: TableState) -> None:
    """Write a state that differs: where nothing changes, the file stays as it is, and sealed."""
    if (new, *new.columns) != (old, *old.columns):  # the order counts
        _write_state(connection, name, new)


def _write_state(connection: sqlite3.Connection, name: str, state: TableState) -> None:
    row = (name, state.base, state.complete_until, json.dumps(dict(state.columns)), state.bit)
    marks = ", ".join("?" * len(_META_NAMES))
    connection.execute(f"INSERT OR REPLACE INTO {META} VALUES ({marks})", checked(row, _META_SEED))

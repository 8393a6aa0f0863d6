"""Tables of the online store: one per feature view, one row per customer, one typed column per feature.

    stayline_billing(customerID TEXT PRIMARY KEY, event_ts INTEGER, created_ts INTEGER, tenure INTEGER, ...)
    view_meta(view TEXT PRIMARY KEY, base TEXT, complete_until INTEGER, columns TEXT)

`event_ts` and `created_ts` are microseconds since 1970-01-01 00:00 UTC. `view_meta` records for each table
the base of its rows, the moment up to which it has every row within the TTL, and its columns. This module
does not import Feast, which takes seconds, because readers of native rows use it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from feature_repo.errors import OnlineStoreError
from feature_repo.lake import BASE_TAG
from feature_repo.sqlite_store.left import ensure_left, forget_left

if TYPE_CHECKING:
    from feast import FeatureView

EVENT_TS = "event_ts"
CREATED_TS = "created_ts"
META = "view_meta"
_META_COLUMNS = ("view TEXT PRIMARY KEY", "base TEXT", "complete_until INTEGER", "columns TEXT NOT NULL")
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
    """

    name: str
    view: str
    key: str
    columns: Mapping[str, str]
    base: str | None


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
    """

    base: str | None
    complete_until: int | None
    columns: Mapping[str, str]


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
    """State of a table, or None when the store has no such table."""
    known = connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (META,)).fetchone()
    query = f"SELECT base, complete_until, columns FROM {META} WHERE view = ?"
    row = connection.execute(query, (table,)).fetchone() if known else None
    return None if row is None else TableState(row[0], row[1], json.loads(row[2]))


def read_base(connection: sqlite3.Connection, table: ViewTable) -> str | None:
    """Base of a table's rows; None for an unknown one.

    Raises
    ------
    OnlineStoreError
        The store has no such table.
    """
    try:
        row = connection.execute(f"SELECT base FROM {META} WHERE view = ?", (table.name,)).fetchone()
    except sqlite3.OperationalError as error:
        if "no such table" not in str(error):
            raise
        row = None
    if row is None:
        raise OnlineStoreError(f"The online store has no table for view {table.view!r}; run `feast apply`.")
    base: str | None = row[0]
    return base


def ensure(connection: sqlite3.Connection, table: ViewTable) -> None:
    """Create a table, or bring it to the view's columns and base; a new base empties it.

    A view without a base (applied without a lake) keeps the stored rows and their base.
    The caller holds the transaction.
    """
    _ensure_meta(connection)
    ensure_left(connection)
    state = read_state(connection, table.name)
    if state is None:
        connection.execute(create_sql(table, table.name))
        _write_state(connection, table, TableState(table.base, None, table.columns))
        return
    unchanged = dict(state.columns) == dict(table.columns)
    if not unchanged:
        _evolve(connection, table, state.columns)
    moved = table.base is not None and table.base != state.base
    if moved:
        connection.execute(f"DELETE FROM {quoted(table.name)}")
        forget_left(connection)
    base = table.base if moved else state.base
    until = state.complete_until if unchanged and not moved else None
    _write_state(connection, table, TableState(base, until, table.columns))


def drop(connection: sqlite3.Connection, name: str) -> None:
    """Drop a table and its row in `view_meta`. The caller holds the transaction."""
    _ensure_meta(connection)
    connection.execute(f"DROP TABLE IF EXISTS {quoted(name)}")
    connection.execute(f"DELETE FROM {META} WHERE view = ?", (name,))


def mark_complete(connection: sqlite3.Connection, name: str, until: int) -> None:
    """Record that a table holds every row within the TTL up to a moment, in microseconds since 1970 UTC."""
    later = f"UPDATE {META} SET complete_until = MAX(IFNULL(complete_until, ?1), ?1) WHERE view = ?2"
    connection.execute(later, (until, name))


def create_sql(table: ViewTable, name: str) -> str:
    """CREATE TABLE statement for a table under the given name."""
    features = "".join(f", {quoted(column)} {kind}" for column, kind in table.columns.items())
    clocks = f"{EVENT_TS} INTEGER NOT NULL, {CREATED_TS} INTEGER"
    return (
        f"CREATE TABLE {quoted(name)} ({quoted(table.key)} TEXT PRIMARY KEY, {clocks}{features}) {_OPTIONS}"
    )


def quoted(identifier: str) -> str:
    """Quote an identifier for SQL, whatever characters it has."""
    return '"' + identifier.replace('"', '""') + '"'


def _sql_type(view: str, feature: str, dtype: str) -> str:
    if dtype not in SQL_TYPE:
        raise OnlineStoreError(
            f"Feature {view}:{feature} is {dtype}; the SQLite online store holds {', '.join(SQL_TYPE)}."
        )
    if feature.lower() in (EVENT_TS, CREATED_TS):
        raise OnlineStoreError(
            f"Feature {view}:{feature} has a name the online store uses itself; rename it."
        )
    return SQL_TYPE[dtype]


def _ensure_meta(connection: sqlite3.Connection) -> None:
    """Create `view_meta`. If it is of another version, drop its tables, which must be filled again."""
    connection.execute(_CREATE_META)
    columns = [row[1] for row in connection.execute(f"PRAGMA table_info({META})")]
    if columns != [column.split()[0] for column in _META_COLUMNS]:
        for (name,) in connection.execute(f"SELECT view FROM {META}").fetchall():
            connection.execute(f"DROP TABLE {quoted(name)}")
        connection.execute(f"DROP TABLE {META}")
        connection.execute(_CREATE_META)


def _evolve(connection: sqlite3.Connection, table: ViewTable, old: Mapping[str, str]) -> None:
    added = {column: kind for column, kind in table.columns.items() if column not in old}
    if {**old, **added} == dict(table.columns):
        for column, kind in added.items():
            connection.execute(f"ALTER TABLE {quoted(table.name)} ADD COLUMN {quoted(column)} {kind}")
        return
    kept = [column for column, kind in table.columns.items() if old.get(column) == kind]
    columns = ", ".join([quoted(table.key), EVENT_TS, CREATED_TS, *map(quoted, kept)])
    rebuilt = f"{table.name}__rebuilt"
    connection.execute(create_sql(table, rebuilt))
    connection.execute(
        f"INSERT INTO {quoted(rebuilt)} ({columns}) SELECT {columns} FROM {quoted(table.name)}"
    )
    connection.execute(f"DROP TABLE {quoted(table.name)}")
    connection.execute(f"ALTER TABLE {quoted(rebuilt)} RENAME TO {quoted(table.name)}")


def _write_state(connection: sqlite3.Connection, table: ViewTable, state: TableState) -> None:
    connection.execute(
        f"INSERT OR REPLACE INTO {META} (view, base, complete_until, columns) VALUES (?, ?, ?, ?)",
        (table.name, state.base, state.complete_until, json.dumps(dict(state.columns))),
    )

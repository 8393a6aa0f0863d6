"""Rows of the online store: reads them, and writes Feast's protobuf rows; `arrow_rows.py` writes Arrow's."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
from feast import FeatureView
from feast.protos.feast.types.EntityKey_pb2 import EntityKey as EntityKeyProto
from feast.protos.feast.types.Value_pb2 import Value as ValueProto

from feature_repo.errors import OnlineStoreError
from feature_repo.sqlite_store.arrow_rows import upsert_sql
from feature_repo.sqlite_store.row_check import (
    add_stored,
    checked,
    checks_of,
    damaged,
    forget_stored,
    stored_keys,
    stored_views,
)
from feature_repo.sqlite_store.schema import ViewTable, quoted

# Feast's own shape of a row to write: key, values, event timestamp, created timestamp.
FeastRow = tuple[EntityKeyProto, dict[str, ValueProto], datetime, datetime | None]
ProtoMaker = Callable[[Sequence[Any]], dict[str, ValueProto]]
CHUNK = 500


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_VALUE_FIELD = {
    "String": "string_val",
    "Int32": "int32_val",
    "Int64": "int64_val",
    "Bool": "bool_val",
    "Float32": "float_val",
    "Float64": "double_val",
}


def to_micros(moment: datetime) -> int:
    """Microseconds since 1970-01-01 00:00 UTC; like Feast, a moment without a time zone is taken as UTC."""
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return int((aware - _EPOCH) // _MICROSECOND)


def from_micros(micros: int) -> datetime:
    """Moment in UTC of a number of microseconds since 1970-01-01 00:00 UTC."""
    return _EPOCH + timedelta(microseconds=micros)


def key_value(key: EntityKeyProto) -> str:
    """Join key's value of an entity key that has one STRING key."""
    return str(key.entity_values[0].string_val)


def write_rows(
    connection: sqlite3.Connection, table: ViewTable, rows: Sequence[FeastRow], left: Collection[str] = ()
) -> None:
    """Upsert Feast's rows of all but those who left; features that a row lacks stay as they are."""
    for row in rows:
        key = key_value(row[0])
        if key not in left:
            # At once: the next row may be the same customer's, and made of what this one left.
            native = checked(_native_row(connection, table, row), table.seed)
            connection.execute(upsert_sql(table), native)
            add_stored(connection, table.bit, [key])


def listed(connection: sqlite3.Connection, tables: Sequence[ViewTable]) -> dict[str, pa.Array]:
    """Keys that the store says each view holds, by the view's name, in order.

    Raises
    ------
    DamagedRow
        A view does not hold as many rows as the store says.
    """
    keys, views = stored_views(connection)
    everyone, bits, held = pa.array(keys, pa.string()), np.array(views, np.int64), {}
    for table in tables:
        held[table.view] = everyone.filter(pa.array(bits & table.bit != 0))
        (count,) = connection.execute(f"SELECT count(*) FROM {quoted(table.name)}").fetchone()
        if count != len(held[table.view]):
            raise damaged(table.view)
    return held


def checked_keys(connection: sqlite3.Connection, table: ViewTable) -> set[str]:
    """Every key in a table, after a check of every row.

    Raises
    ------
    DamagedRow
        A row is not what was written, or a row that the store says it holds is not there.
    """
    found = set()
    cursor = connection.execute(f"SELECT * FROM {quoted(table.name)}")
    while rows := cursor.fetchmany(CHUNK):
        _check(table, rows)
        found.update([row[0] for row in rows])
    if found != stored_keys(connection, table.bit):
        raise damaged(table.view)
    return found


def filled_columns(connection: sqlite3.Connection, table: ViewTable) -> set[str]:
    """Features that have a value in at least one row."""
    query = "SELECT EXISTS (SELECT 1 FROM {table} WHERE {column} IS NOT NULL)"
    sql = {name: query.format(table=quoted(table.name), column=quoted(name)) for name in table.columns}
    return {name for name, statement in sql.items() if connection.execute(statement).fetchone()[0]}


def delete_keys(connection: sqlite3.Connection, table: ViewTable, keys: Sequence[str]) -> int:
    """Delete the rows of some keys; returns how many there were."""
    statement = f"DELETE FROM {quoted(table.name)} WHERE {quoted(table.key)} = ?"
    forget_stored(connection, table.bit, keys)
    return int(connection.executemany(statement, ((key,) for key in keys)).rowcount)


def read_rows(
    connection: sqlite3.Connection, table: ViewTable, keys: Sequence[str]
) -> Iterator[tuple[Any, ...]]:
    """Rows (key, event_ts, created_ts, features in order, check) of the keys that are there, in any order.

    Raises
    ------
    DamagedRow
        A row is not what was written, or a row that the store says it holds is not there.
    """
    for start in range(0, len(keys), CHUNK):
        chunk = keys[start : start + CHUNK]
        where = f"WHERE {{}} IN ({', '.join('?' * len(chunk))})"
        query = f"SELECT * FROM {quoted(table.name)} {where.format(quoted(table.key))}"
        rows = connection.execute(query, chunk).fetchall()
        _check(table, rows)
        if {row[0] for row in rows} != stored_keys(connection, table.bit, chunk):
            raise damaged(table.view)
        yield from rows


def _check(table: ViewTable, rows: Sequence[tuple[Any, ...]]) -> None:
    """Raise DamagedRow if a row is not what was written."""
    end = len(table.names)
    if checks_of(rows, 0, end, table.seed) != [row[end] for row in rows]:
        raise damaged(table.view)


def places(table: ViewTable, names: Sequence[str]) -> list[int]:
    """Where columns stand in a row.

    Raises
    ------
    OnlineStoreError
        The table has no such column.
    """
    unknown = [name for name in names if name not in table.names]
    if unknown:
        raise OnlineStoreError(
            f"View {table.view!r}: the online store has no column named {unknown[0]}; run `feast apply`."
        )
    return [table.names.index(name) for name in names]


def proto_maker(view: FeatureView, features: Sequence[str]) -> ProtoMaker:
    """Function that turns native values, in the order of `features`, into Feast's; None becomes empty."""
    types = {field.name: str(field.dtype) for field in view.features}
    fields = [(name, _VALUE_FIELD[types[name]]) for name in features]

    def make(values: Sequence[Any]) -> dict[str, ValueProto]:
        return {
            name: ValueProto() if value is None else ValueProto(**{field: value})
            for (name, field), value in zip(fields, values, strict=True)
        }

    return make


def _native_row(connection: sqlite3.Connection, table: ViewTable, row: FeastRow) -> tuple[Any, ...]:
    """Row of a table, with the features that are stored where Feast's row has none."""
    key, values, event, created = row
    if not values.keys() <= table.columns.keys():
        places(table, list(values))  # which names the first unknown one
    stored: dict[str, Any] = {}
    if len(values) < len(table.columns):
        for held in read_rows(connection, table, [key_value(key)]):
            stored = dict(zip(table.names, held, strict=False))  # the check has no name
    features = (_native(values[name]) if name in values else stored.get(name) for name in table.columns)
    return (key_value(key), to_micros(event), None if created is None else to_micros(created), *features)


def _native(value: ValueProto) -> Any:
    """Value as SQLite returns it: a truth value as a number, NaN as null, and zero without a sign."""
    field = value.WhichOneof("val")
    native = None if field is None else getattr(value, field)
    if not isinstance(native, (bool, int, float)):
        return native
    return native + 0 if native == native else None

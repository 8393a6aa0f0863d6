"""Rows of the online store: converts Feast's protobuf values and timestamps to SQLite's, and back."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
from feast import FeatureView
from feast.protos.feast.types.EntityKey_pb2 import EntityKey as EntityKeyProto
from feast.protos.feast.types.Value_pb2 import Value as ValueProto

from feature_repo.errors import OnlineStoreError
from feature_repo.sqlite_store.row_check import (
    CHECK,
    add_stored,
    checked,
    checks_of,
    damaged,
    forget_stored,
    stored_keys,
)
from feature_repo.sqlite_store.schema import CREATED_TS, EVENT_TS, ViewTable, quoted

# Feast's own shape of a row to write: key, values, event timestamp, created timestamp.
FeastRow = tuple[EntityKeyProto, dict[str, ValueProto], datetime, datetime | None]
ProtoMaker = Callable[[Sequence[Any]], dict[str, ValueProto]]
CHUNK = 500


class ViewRows(NamedTuple):
    """What is to be written of one view for some customers.

    Attributes
    ----------
    view : FeatureView
    rows : pyarrow.Table
        Rows to write, at most one a customer, sorted by key. Our own store takes them as of `native_table`.
    gone : sequence of str
        Customers whose row is to be removed.
    """

    view: FeatureView
    rows: pa.Table
    gone: Sequence[str]


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_ARROW_TYPE = {
    "String": pa.string(),
    "Int32": pa.int32(),
    "Int64": pa.int64(),
    "Bool": pa.bool_(),
    "Float32": pa.float32(),
    "Float64": pa.float64(),
}
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


def upsert_sql(table: ViewTable) -> str:
    """Return a statement that writes one row: key, event_ts, created_ts, features in order, and check.

    Newer wins: an existing row is overwritten only by one with a later event_ts, or the same event_ts and a
    created_ts that is not earlier, so that a backfill of an old window cannot hide newer values.
    """
    names = [*map(quoted, table.names), CHECK]
    updates = ", ".join(f"{name} = excluded.{name}" for name in names[1:])
    target = quoted(table.name)
    return (
        f"INSERT INTO {target} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))}) "
        f"ON CONFLICT DO UPDATE SET {updates} WHERE excluded.{EVENT_TS} > {target}.{EVENT_TS} OR "
        f"(excluded.{EVENT_TS} = {target}.{EVENT_TS} AND "
        f"COALESCE(excluded.{CREATED_TS}, 0) >= COALESCE({target}.{CREATED_TS}, 0))"
    )


def write_rows(
    connection: sqlite3.Connection, table: ViewTable, rows: Sequence[FeastRow], left: Collection[str] = ()
) -> None:
    """Upsert Feast's rows of all but those who left; features that a row lacks stay as they are."""
    for row in rows:
        key = key_value(row[0])
        if key not in left:
            # At once: the next row may be the same customer's, and made of what this one left.
            _upsert(connection, table, [key], [checked(_native_row(connection, table, row), table.seed)])


def _upsert(
    connection: sqlite3.Connection, table: ViewTable, keys: Iterable[str], rows: Iterable[tuple[Any, ...]]
) -> None:
    connection.executemany(upsert_sql(table), rows)
    add_stored(connection, table.bit, keys)


def native_table(view: FeatureView, rows: pa.Table) -> pa.Table:
    """Arrow table with the columns of an upsert: key, event_ts, created_ts, then the features.

    Clocks become microseconds since 1970-01-01 00:00 UTC, and features are cast to their declared types. Rows
    are sorted by key, so that SQLite's tree grows at its end only.

    Raises
    ------
    OnlineStoreError
        A column is missing, or holds a value that its declared type cannot hold without loss.
    """
    source = view.batch_source
    created = source.created_timestamp_column
    columns = {
        view.join_keys[0]: _column(view, rows, view.join_keys[0], pa.string()),
        EVENT_TS: _clock(view, rows, source.timestamp_field),
        CREATED_TS: _clock(view, rows, created) if created else pa.nulls(rows.num_rows, pa.int64()),
    }
    for field in view.features:
        columns[field.name] = _column(view, rows, field.name, _ARROW_TYPE[str(field.dtype)])
    return pa.table(columns).sort_by(view.join_keys[0])


def write_columns(
    connection: sqlite3.Connection,
    table: ViewTable,
    batch: pa.Table | pa.RecordBatch,
    left: Collection[str] = (),
) -> None:
    """Upsert rows of `native_table` of all but those who left."""
    if batch.schema.names != table.names:
        raise OnlineStoreError(f"View {table.view!r}: the online store has other columns; run `feast apply`.")
    columns = (column.to_pylist() for column in batch.columns)
    rows = [row for row in zip(*columns, strict=True) if row[0] not in left]
    checks = checks_of(rows, 0, len(table.names), table.seed)
    written = ((*row, check) for row, check in zip(rows, checks, strict=True))
    _upsert(connection, table, [row[0] for row in rows], written)


def read_keys(connection: sqlite3.Connection, table: ViewTable) -> list[str]:
    """Every key in a table."""
    return [row[0] for row in connection.execute(f"SELECT {quoted(table.key)} FROM {quoted(table.name)}")]


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


def _column(view: FeatureView, rows: pa.Table, name: str, dtype: pa.DataType) -> pa.ChunkedArray:
    """Column of a declared type, its values as SQLite returns them (see `_native`)."""
    if name not in rows.column_names:
        raise OnlineStoreError(f"The source of view {view.name!r} has no column {name!r}.")
    try:
        column = rows.column(name).cast(dtype)
    except pa.ArrowInvalid as error:
        raise OnlineStoreError(
            f"Column {name!r} of view {view.name!r} is declared {dtype} and holds other values: {error}."
        ) from error
    if pa.types.is_boolean(dtype):
        return column.cast(pa.int8())
    if pa.types.is_floating(dtype):
        return pc.if_else(pc.is_nan(column), pa.scalar(None, dtype), pc.add(column, pa.scalar(0.0, dtype)))
    return column


def _clock(view: FeatureView, rows: pa.Table, name: str) -> pa.ChunkedArray:
    return _column(view, rows, name, pa.timestamp("us", tz="UTC")).cast(pa.int64())

"""Rows of the online store: converts Feast's protobuf values and timestamps to SQLite's, and back."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any, NamedTuple

import pyarrow as pa
from feast import FeatureView
from feast.protos.feast.types.EntityKey_pb2 import EntityKey as EntityKeyProto
from feast.protos.feast.types.Value_pb2 import Value as ValueProto

from feature_repo.errors import OnlineStoreError
from feature_repo.sqlite_store.left import still_here
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


def upsert_sql(table: ViewTable, features: Sequence[str]) -> str:
    """Return a statement that writes key, event_ts, created_ts and the given features of one row.

    Newer wins: an existing row is overwritten only by one with a later event_ts, or the same event_ts and a
    created_ts that is not earlier, so that a backfill of an old window cannot hide newer values. Of
    a customer who left (`feature_repo.sqlite_store.left`) nothing is written, so that it brings nobody back.
    """
    names = [quoted(table.key), EVENT_TS, CREATED_TS, *map(quoted, features)]
    updates = ", ".join(f"{name} = excluded.{name}" for name in names[1:])
    target = quoted(table.name)
    values = ", ".join(f"?{number}" for number, _ in enumerate(names, start=1))
    return (
        f"INSERT INTO {target} ({', '.join(names)}) SELECT {values} WHERE {still_here('?1')} "
        f"ON CONFLICT DO UPDATE SET {updates} WHERE excluded.{EVENT_TS} > {target}.{EVENT_TS} OR "
        f"(excluded.{EVENT_TS} = {target}.{EVENT_TS} AND "
        f"COALESCE(excluded.{CREATED_TS}, 0) >= COALESCE({target}.{CREATED_TS}, 0))"
    )


def write_rows(connection: sqlite3.Connection, table: ViewTable, rows: Iterable[FeastRow]) -> None:
    """Upsert Feast's rows; features that a row lacks stay as they are."""
    for features, group in groupby(rows, key=lambda row: tuple(row[1])):
        connection.executemany(upsert_sql(table, features), map(_native_row, group))


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


def write_columns(connection: sqlite3.Connection, table: ViewTable, batch: pa.Table | pa.RecordBatch) -> None:
    """Upsert rows of `native_table`."""
    rows = zip(*(column.to_pylist() for column in batch.columns), strict=True)
    connection.executemany(upsert_sql(table, batch.schema.names[3:]), rows)


def read_keys(connection: sqlite3.Connection, table: ViewTable) -> list[str]:
    """Every key in a table."""
    return [row[0] for row in connection.execute(f"SELECT {quoted(table.key)} FROM {quoted(table.name)}")]


def filled_columns(connection: sqlite3.Connection, table: ViewTable) -> set[str]:
    """Features that have a value in at least one row."""
    query = "SELECT EXISTS (SELECT 1 FROM {table} WHERE {column} IS NOT NULL)"
    sql = {name: query.format(table=quoted(table.name), column=quoted(name)) for name in table.columns}
    return {name for name, statement in sql.items() if connection.execute(statement).fetchone()[0]}


def delete_keys(connection: sqlite3.Connection, table: ViewTable, keys: Iterable[str]) -> int:
    """Delete the rows of some keys; returns how many there were."""
    statement = f"DELETE FROM {quoted(table.name)} WHERE {quoted(table.key)} = ?"
    return int(connection.executemany(statement, ((key,) for key in keys)).rowcount)


def read_rows(
    connection: sqlite3.Connection, table: ViewTable, keys: Sequence[str], features: Sequence[str]
) -> Iterator[tuple[Any, ...]]:
    """Rows (key, event_ts, features in order) of the keys that are there, in any order."""
    columns = ", ".join([quoted(table.key), EVENT_TS, *map(quoted, features)])
    for start in range(0, len(keys), CHUNK):
        chunk = keys[start : start + CHUNK]
        marks = ", ".join("?" * len(chunk))
        query = f"SELECT {columns} FROM {quoted(table.name)} WHERE {quoted(table.key)} IN ({marks})"
        yield from connection.execute(query, chunk)


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


def _native_row(row: FeastRow) -> list[Any]:
    key, values, event, created = row
    native: list[Any] = [key_value(key), to_micros(event), None if created is None else to_micros(created)]
    for value in values.values():
        field = value.WhichOneof("val")
        native.append(None if field is None else getattr(value, field))
    return native


def _column(view: FeatureView, rows: pa.Table, name: str, dtype: pa.DataType) -> pa.ChunkedArray:
    if name not in rows.column_names:
        raise OnlineStoreError(f"The source of view {view.name!r} has no column {name!r}.")
    try:
        return rows.column(name).cast(dtype)
    except pa.ArrowInvalid as error:
        raise OnlineStoreError(
            f"Column {name!r} of view {view.name!r} is declared {dtype} and holds other values: {error}."
        ) from error


def _clock(view: FeatureView, rows: pa.Table, name: str) -> pa.ChunkedArray:
    return _column(view, rows, name, pa.timestamp("us", tz="UTC")).cast(pa.int64())

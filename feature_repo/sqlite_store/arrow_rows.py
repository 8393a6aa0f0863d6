"""Arrow tables of rows: brought to SQLite's types, and written to the online store with their checks."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from feast import FeatureView

from feature_repo.errors import OnlineStoreError
from feature_repo.sqlite_store.row_check import CHECK, add_stored, checks_of
from feature_repo.sqlite_store.schema import CREATED_TS, EVENT_TS, ViewTable, quoted

ARROW_TYPE = {
    "String": pa.string(),
    "Int32": pa.int32(),
    "Int64": pa.int64(),
    "Bool": pa.bool_(),
    "Float32": pa.float32(),
    "Float64": pa.float64(),
}
"""Arrow's type of a declared type that the store can hold."""
# So many rows to a statement take a sixth less time than one.
_TOGETHER = 8
# A text column is dictionary-encoded if in its first rows each text occurs so often.
_SAMPLE = 10_000
_REPEATS = 4


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
        columns[field.name] = _column(view, rows, field.name, ARROW_TYPE[str(field.dtype)])
    return pa.table(columns).sort_by(view.join_keys[0])


def upsert_sql(table: ViewTable, rows: int = 1) -> str:
    """Return a statement that writes rows: key, event_ts, created_ts, features in order, and check of each.

    Newer wins: an existing row is overwritten only by one with a later event_ts, or the same event_ts and a
    created_ts that is not earlier, so that a backfill of an old window cannot hide newer values.
    """
    names = [*map(quoted, table.names), CHECK]
    updates = ", ".join(f"{name} = excluded.{name}" for name in names[1:])
    target = quoted(table.name)
    marks = ", ".join([f"({', '.join('?' * len(names))})"] * rows)
    return (
        f"INSERT INTO {target} ({', '.join(names)}) VALUES {marks} "
        f"ON CONFLICT DO UPDATE SET {updates} WHERE excluded.{EVENT_TS} > {target}.{EVENT_TS} OR "
        f"(excluded.{EVENT_TS} = {target}.{EVENT_TS} AND "
        f"COALESCE(excluded.{CREATED_TS}, 0) >= COALESCE({target}.{CREATED_TS}, 0))"
    )


def write_columns(
    connection: sqlite3.Connection,
    table: ViewTable,
    rows: pa.Table | pa.RecordBatch,
    left: Collection[str] = (),
) -> None:
    """Upsert rows of `native_table` of all but those who left. The caller holds the transaction."""
    if left:
        gone = pc.is_in(rows.column(0), pa.array(list(left), pa.string()))
        rows = rows.filter(pc.invert(gone))
    written = Written(connection)
    written.add(table, rows)
    written.record()


class Written:
    """Rows of several views, written in one transaction, which the caller holds."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._keys: list[_Keys] = []

    def add(self, table: ViewTable, rows: pa.Table | pa.RecordBatch) -> None:
        """Upsert rows of `native_table`."""
        if rows.schema.names != table.names:
            raise OnlineStoreError(
                f"View {table.view!r}: the online store has other columns; run `feast apply`."
            )
        columns = [self._keys_of(table, rows.column(0)), *(_values(column) for column in rows.columns[1:])]
        checks = checks_of(zip(*columns, strict=True), 0, len(columns), table.seed)
        _upsert(self._connection, table, [*columns, checks])

    def record(self) -> None:
        """Record whom the views have rows of. Most customers are in every view, and are recorded once."""
        for keys in self._keys:
            add_stored(self._connection, keys.bits, keys.values)

    def _keys_of(self, table: ViewTable, column: pa.ChunkedArray | pa.Array) -> list[str]:
        keys = next((keys for keys in self._keys if keys.column.equals(column)), None)
        if keys is None:
            keys = _Keys(column, _values(column))
            self._keys.append(keys)
        keys.bits |= table.bit
        return keys.values


@dataclass
class _Keys:
    """Keys, as they came and as a list, and the bits of the views that have rows of exactly these."""

    column: pa.ChunkedArray | pa.Array
    values: list[str]
    bits: int = 0


def _upsert(connection: sqlite3.Connection, table: ViewTable, columns: Sequence[list[Any]]) -> None:
    end = len(columns[0])
    whole = end - end % _TOGETHER
    together = (column[at:whole:_TOGETHER] for at in range(_TOGETHER) for column in columns)
    connection.executemany(upsert_sql(table, _TOGETHER), zip(*together, strict=True))
    connection.executemany(upsert_sql(table), zip(*(column[whole:] for column in columns), strict=True))


def _values(column: pa.ChunkedArray | pa.Array) -> list[Any]:
    """Values of a column, as `to_pylist`, which takes two to five times as long."""
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if pa.types.is_dictionary(array.type):
        texts = np.array([*array.dictionary.to_pylist(), None], dtype=object)
        return list(texts[array.indices.fill_null(len(texts) - 1).to_numpy()].tolist())
    if array.null_count or pa.types.is_string(array.type):
        return list(array.to_pylist())
    return list(array.to_numpy().tolist())


def declared_column(view: FeatureView, rows: pa.Table, name: str, dtype: pa.DataType) -> pa.ChunkedArray:
    """Column of a view's source, in its declared type.

    Raises
    ------
    OnlineStoreError
        It is missing, or holds a value that the type cannot hold without loss.
    """
    if name not in rows.column_names:
        raise OnlineStoreError(f"The source of view {view.name!r} has no column {name!r}.")
    try:
        return rows.column(name).cast(dtype)
    except pa.ArrowInvalid as error:
        raise OnlineStoreError(
            f"Column {name!r} of view {view.name!r} is declared {dtype} and holds other values: {error}."
        ) from error


def _column(view: FeatureView, rows: pa.Table, name: str, dtype: pa.DataType) -> pa.ChunkedArray:
    """Column of a declared type, its values as SQLite returns them: see `rows.write_rows`."""
    column = declared_column(view, rows, name, dtype)
    if pa.types.is_boolean(dtype):
        return column.cast(pa.int8())
    if pa.types.is_string(dtype) and name not in view.join_keys:
        return _encoded(column)
    if pa.types.is_floating(dtype):
        return pc.if_else(pc.is_nan(column), pa.scalar(None, dtype), pc.add(column, pa.scalar(0.0, dtype)))
    return column


def _encoded(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A text column, dictionary-encoded if it is of few texts."""
    first = column.slice(0, _SAMPLE)
    if len(pc.unique(first)) * _REPEATS > len(first):
        return column
    encoded = column.combine_chunks().dictionary_encode()
    return pa.chunked_array([encoded]) if len(encoded.dictionary) < _SAMPLE else column


def _clock(view: FeatureView, rows: pa.Table, name: str) -> pa.ChunkedArray:
    return _column(view, rows, name, pa.timestamp("us", tz="UTC")).cast(pa.int64())

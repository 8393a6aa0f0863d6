"""One Parquet file of a table: row groups of fixed size, so that its bytes depend on its rows alone."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from data.errors import TableShapeError
from data.lake_files.manifest import Part
from data.lake_files.private import private_file
from data.schema import Table

ROW_GROUP_ROWS = 131_072


class TableFile:
    """A Parquet file under construction; at most one row group waits in memory.

    Parameters
    ----------
    path : Path
        Where it is made.
    table : Table
        The table that it is of.
    """

    def __init__(self, path: Path, table: Table) -> None:
        self.path = path
        self.rows = 0
        self._table = table
        self._waiting: list[pa.Table] = []
        self._waiting_rows = 0
        private_file(self.path)
        self._writer = pq.ParquetWriter(self.path, table.schema, compression="zstd", write_page_checksum=True)

    def append(self, rows: pa.Table) -> None:
        """Add rows; they are written once a row group is full."""
        shaped = shape(rows, self._table)
        self.rows += shaped.num_rows
        self._waiting.append(shaped)
        self._waiting_rows += shaped.num_rows
        if self._waiting_rows >= ROW_GROUP_ROWS:
            self._write_full_groups()

    def _write_full_groups(self) -> None:
        waiting = pa.concat_tables(self._waiting)
        full = waiting.num_rows - waiting.num_rows % ROW_GROUP_ROWS
        for start in range(0, full, ROW_GROUP_ROWS):
            self._write(waiting.slice(start, ROW_GROUP_ROWS))
        # A copy, because a slice would keep all the written rows in memory.
        rest = waiting.slice(full).combine_chunks()
        self._waiting, self._waiting_rows = [rest], rest.num_rows

    def _write(self, rows: pa.Table) -> None:
        self._writer.write_table(rows.combine_chunks(), row_group_size=ROW_GROUP_ROWS)

    def close(self) -> None:
        """Write the rows that wait and close the file."""
        if self._waiting_rows:
            self._write(pa.concat_tables(self._waiting))
        self._writer.close()

    def discard(self) -> None:
        """Close the file without the rows that wait; its folder is about to be removed."""
        self._writer.close()

    def seal(self) -> Part:
        """Force the closed file to disk and return its rows and checksum."""
        sync(self.path)
        return Part(self.rows, file_sha256(self.path))


def sync(path: Path) -> None:
    """Force a file to disk; of a folder its entries, so that a rename survives a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def shape(rows: pa.Table, table: Table) -> pa.Table:
    """Return `rows` with the schema of `table`: columns reordered, types widened, never guessed.

    Optional columns that the rows lack have their defaults.

    Raises
    ------
    TableShapeError
        A column is missing, unexpected, of a type that would lose something, or null where none may be.
    """
    rows = with_defaults(rows, table)
    if sorted(rows.column_names) != sorted(table.names):
        missing = [name for name in table.names if name not in rows.column_names]
        extra = [name for name in rows.column_names if name not in table.names]
        raise TableShapeError(f"{table.name}: columns missing {missing}, not expected {extra}")
    arrays = [_widen(rows.column(c.name), c.type, f"{table.name}.{c.name}") for c in table.columns]
    shaped = pa.Table.from_arrays(arrays, schema=table.schema)
    for column in table.columns:
        nulls = shaped.column(column.name).null_count
        if nulls and not column.nullable:
            raise TableShapeError(f"{table.name}.{column.name}: {nulls} of {shaped.num_rows} rows are null")
    return shaped


def with_defaults(rows: pa.Table, table: Table, columns: Sequence[str] | None = None) -> pa.Table:
    """Return rows of a table with the optional columns that they lack, filled with their defaults.

    Parameters
    ----------
    rows : pyarrow.Table, (n, ...)
    table : Table
    columns : sequence of str, optional
        Those wanted, by default all.
    """
    for column in table.optional:
        if column.name not in rows.column_names and (columns is None or column.name in columns):
            values = pa.repeat(pa.scalar(column.default, column.type), rows.num_rows)
            rows = rows.append_column(pa.field(column.name, column.type, column.nullable), values)
    return rows


def _widen(values: pa.ChunkedArray, target: pa.DataType, where: str) -> pa.ChunkedArray:
    if values.type == target:
        return values
    if not _widens(values.type, target):
        raise TableShapeError(f"{where}: type {values.type} where {target} is expected")
    try:
        return values.cast(target, safe=True)
    except pa.ArrowInvalid as wrong:
        raise TableShapeError(f"{where}: {wrong}") from wrong


def _widens(given: pa.DataType, target: pa.DataType) -> bool:
    if pa.types.is_null(given):  # a column of nulls alone, as pandas writes it
        return True
    if pa.types.is_dictionary(given):
        given = given.value_type
    if pa.types.is_string(target):
        return bool(pa.types.is_string(given) or pa.types.is_large_string(given))
    if pa.types.is_timestamp(target):
        return bool(pa.types.is_timestamp(given) and given.tz == target.tz)
    # A number of another kind is taken if its values fit: 5.0 for a count, 1 for dollars, true for 1.
    number = pa.types.is_integer(given) or pa.types.is_floating(given) or pa.types.is_decimal(given)
    truth = pa.types.is_boolean(given) and pa.types.is_integer(target)
    return bool(number or truth)


def file_sha256(path: Path) -> str:
    """Return the sha256 of a file's bytes, as hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()

"""One table's Parquet file: row groups of fixed size, so that its bytes depend on its rows alone."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from data.errors import TableShapeError
from data.lake_files.manifest import TableFacts
from data.lake_files.private import private_file
from data.schema import Table

ROW_GROUP_ROWS = 131_072
BATCH_ROWS = 262_144


class TableFile:
    """A Parquet file under construction; at most one row group waits in memory.

    Parameters
    ----------
    folder : Path
        Where `<table>.parquet` is made.
    table : Table
        The table it holds.
    """

    def __init__(self, folder: Path, table: Table) -> None:
        self.path = folder / f"{table.name}.parquet"
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

    def seal(self) -> TableFacts:
        """Force the closed file to disk and return its rows and checksum."""
        with self.path.open("rb") as stream:
            os.fsync(stream.fileno())
        return TableFacts(self.rows, file_sha256(self.path))


def shape(rows: pa.Table, table: Table) -> pa.Table:
    """Return `rows` with the schema of `table`: columns reordered, types widened, never guessed.

    Raises
    ------
    TableShapeError
        A column is missing, unexpected, of a type that would lose something, or null where none may be.
    """
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
    if pa.types.is_dictionary(given):
        given = given.value_type
    if pa.types.is_string(target):
        return bool(pa.types.is_string(given) or pa.types.is_large_string(given))
    if pa.types.is_timestamp(target):
        return bool(pa.types.is_timestamp(given) and given.tz == target.tz)
    # A number of another kind is taken if its values fit: 5.0 for a count, 1 for dollars, true for 1.
    number = pa.types.is_integer(given) or pa.types.is_floating(given) or pa.types.is_decimal(given)
    truth = pa.types.is_boolean(given) and pa.types.is_integer(target)
    return bool(number or truth or pa.types.is_null(given))


def file_sha256(path: Path) -> str:
    """Return the sha256 of a file's bytes, as hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def batches(folder: Path, name: str) -> Iterator[pa.Table]:
    """Yield the rows of a table's file in batches."""
    with pq.ParquetFile(folder / f"{name}.parquet", page_checksum_verification=True) as file:
        for batch in file.iter_batches(BATCH_ROWS):
            yield pa.Table.from_batches([batch])


def frames(folder: Path, name: str, columns: Sequence[str] | None = None) -> Iterator[pd.DataFrame]:
    """Yield the rows of a table's file in batches, Arrow-backed but for the timestamps."""
    with pq.ParquetFile(folder / f"{name}.parquet") as file:
        for batch in file.iter_batches(BATCH_ROWS, columns=None if columns is None else list(columns)):
            yield to_frame(batch)


def to_frame(rows: pa.RecordBatch | pa.Table) -> pd.DataFrame:
    """Return Arrow rows as the contracts read them.

    Strings and numbers stay Arrow-backed, which keeps null and NaN apart; timestamps become
    `datetime64[us, UTC]`.
    """
    frame: pd.DataFrame = rows.to_pandas(types_mapper=_pandas_type)
    return frame


def _pandas_type(given: pa.DataType) -> pd.ArrowDtype | None:
    return None if pa.types.is_timestamp(given) else pd.ArrowDtype(given)

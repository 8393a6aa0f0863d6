"""Reading tables in batches, so that a table of any length fits in memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from data.errors import LakeDamagedError
from data.lake_files.parts import group_range, parts_of
from data.lake_files.table_file import with_defaults
from data.schema import TABLES

BATCH_ROWS = 262_144


def frames(
    lake: Path, name: str, columns: Sequence[str] | None = None, *, first: int = 0, last: int | None = None
) -> Iterator[pd.DataFrame]:
    """Yield the rows of a table in batches, as `to_frame` gives them.

    Parameters
    ----------
    lake : Path
        A folder of tables.
    name : str
        The table's name.
    columns : sequence of str, optional
        By default all.
    first, last : int
        From which part on, and up to which; by default all. The first has number 0.

    Raises
    ------
    LakeDamagedError
        A part cannot be read.
    """
    for path in parts_of(lake, name)[first:last]:
        for rows in batches(path, columns):
            yield to_frame(with_defaults(rows, TABLES[name], columns))


def rows_since(
    lake: Path,
    name: str,
    columns: Sequence[str],
    since: datetime,
    clock: str = "event_timestamp",
    last: int | None = None,
) -> Iterator[pa.Table]:
    """Yield the rows whose clock is at or after a moment, in batches; older row groups are not read.

    Parameters
    ----------
    lake : Path
        A folder of tables.
    name : str
        The table's name.
    columns : sequence of str
        The clock among them.
    since : datetime
        With a time zone.
    clock : str
        When the rows became true, or `created_timestamp`, when they were learned.
    last : int, optional
        How many of its parts to read, by default all.

    Raises
    ------
    LakeDamagedError
        A part cannot be read.
    """
    for path in parts_of(lake, name)[:last]:
        for rows in batches(path, columns, since, clock):
            found = rows.filter(pc.greater_equal(rows[clock], since))
            yield with_defaults(found, TABLES[name], columns)


def batches(
    path: Path,
    columns: Sequence[str] | None = None,
    since: datetime | None = None,
    clock: str = "event_timestamp",
) -> Iterator[pa.Table]:
    """Yield the rows of a file in batches, without the row groups whose clock stands before a moment.

    Columns that the file lacks are left out.

    Raises
    ------
    LakeDamagedError
        The file cannot be read.
    """
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            groups = [
                at
                for at in range(file.num_row_groups)
                if since is None or group_range(file.metadata, at, clock)[1] >= since
            ]
            for batch in file.iter_batches(BATCH_ROWS, groups, columns and list(columns)):
                yield pa.Table.from_batches([batch])
    except (OSError, pa.ArrowException) as wrong:
        raise LakeDamagedError(
            f"{path} cannot be read ({wrong}); `python -m data check` says more."
        ) from wrong


def to_frame(rows: pa.RecordBatch | pa.Table) -> pd.DataFrame:
    """Return Arrow rows as the contracts read them.

    Strings and numbers stay Arrow-backed, which keeps null and NaN apart; timestamps become
    `datetime64[us, UTC]`.
    """
    frame: pd.DataFrame = rows.to_pandas(types_mapper=_pandas_type)
    return frame


def _pandas_type(given: pa.DataType) -> pd.ArrowDtype | None:
    return None if pa.types.is_timestamp(given) else pd.ArrowDtype(given)

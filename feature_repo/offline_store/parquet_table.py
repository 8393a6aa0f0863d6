"""A view's Parquet table, and the SQL that reads its rows by their number.

Choosing reads keys and clocks only. The wide rows are read once, when it is known which are wanted.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from glob import glob
from pathlib import Path
from typing import NamedTuple

import pyarrow.parquet as pq
from feast.data_format import ParquetFormat
from feast.data_source import DataSource
from feast.infra.offline_stores.file_source import FileSource

from feature_repo.lake import LATER_COLUMNS

ROW_BITS = 40
# A table may be several files; a row's number is then its file's place, and its own place in the file.
_NUMBER = f"((file_index::BIGINT << {ROW_BITS}) | file_row_number)"


class ParquetTable(NamedTuple):
    """A table that DuckDB reads from disk: a file, a folder of files, or a pattern.

    Attributes
    ----------
    path : str
    keys : tuple of str
        Join keys, the columns that say whom a row is of.
    event, created : str
        Columns of the moment at which a row became true, and at which it was learned; `created` may be None.
    """

    path: str
    keys: tuple[str, ...]
    event: str
    created: str | None

    @property
    def files(self) -> str:
        """The table in SQL."""
        return f"read_parquet({text(self.path)})"

    def narrow(self) -> str:
        """Keys (k0, k1, …), clocks in UTC (event, created), and each row's number, in SQL."""
        keys = "".join(f"{quoted(key)} AS k{at}, " for at, key in enumerate(self.keys))
        created = f"{quoted(self.created) if self.created else 'NULL'}::TIMESTAMPTZ"
        return (
            f"(SELECT {keys}{quoted(self.event)}::TIMESTAMPTZ AS event, {created} AS created, "
            f"{_NUMBER} AS number FROM {self.files})"
        )

    def wide(self, columns: Sequence[str], bounds: str = "") -> str:
        """Columns of the table, named w0, w1, …, and each row's number, in SQL.

        `bounds` is a condition on the event clock, like ``<= …``; row groups outside of it are not read.
        """
        lacking, everywhere = self._lacking(columns)
        named = "".join(
            f"{f'NULL::{LATER_COLUMNS[column]}' if column in everywhere else quoted(column)} AS w{at}, "
            for at, column in enumerate(columns)
        )
        within = f" WHERE {quoted(self.event)}::TIMESTAMPTZ {bounds}" if bounds else ""
        files = f"read_parquet({text(self.path)}, union_by_name = true)" if lacking else self.files
        return f"(SELECT {named}{_NUMBER} AS number FROM {files}{within})"

    def _lacking(self, columns: Sequence[str]) -> tuple[set[str], set[str]]:
        """Which of the later columns some file lacks, and which every file lacks."""
        later = {column for column in columns if column in LATER_COLUMNS}
        held = [pq.read_schema(path).names for path in paths_of(self.path)] if later else []
        somewhere = {column for column in later if any(column not in names for names in held)}
        return somewhere, {column for column in somewhere if all(column not in names for names in held)}


def plain_table(source: DataSource | None, keys: Sequence[str]) -> ParquetTable | None:
    """The table of a source that is plain Parquet on this machine; None for any other source."""
    if not isinstance(source, FileSource) or source.field_mapping or "://" in source.path:
        return None
    parquet = isinstance(source.file_format, ParquetFormat)
    if not parquet and not (source.file_format is None and source.path.endswith(".parquet")):
        return None
    return ParquetTable(
        source.path, tuple(keys), source.timestamp_field, source.created_timestamp_column or None
    )


def paths_of(path: str) -> list[Path]:
    """The files that DuckDB reads of a path: a file, a folder of files, or a pattern."""
    place = Path(path)
    if place.is_dir():
        return sorted(place.glob("*.parquet"))
    return [place] if place.exists() else [Path(found) for found in sorted(glob(path))]


def quoted(name: str) -> str:
    """A name as SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    """A text as SQL literal."""
    return "'" + value.replace("'", "''") + "'"


def moment(value: datetime) -> str:
    """A moment as SQL literal; like Feast, one without a time zone is taken as UTC."""
    aware = value if value.tzinfo else value.replace(tzinfo=UTC)
    return f"TIMESTAMPTZ {text(aware.astimezone(UTC).strftime('%Y-%m-%d %H:%M:%S.%f+00'))}"


def interval(value: timedelta) -> str:
    """A length of time as SQL literal."""
    return f"to_microseconds({value // timedelta(microseconds=1)})"

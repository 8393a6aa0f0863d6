"""The tables of a telecom as they are found: files or folders of parts, other widths, other clocks."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from data.errors import InputError
from data.lake_files.reading import BATCH_ROWS
from data.lake_files.table_file import file_sha256
from data.schema import TABLES

LABELS = "labels"
CLOCKS = ("event_timestamp", "created_timestamp")
INDEX = re.compile(r"__index_level_\d+__")
"""Column that pandas adds for an index without a name."""


class GivenTables:
    """The tables in a folder: `<table>.parquet`, a file or a folder of parts, or a folder `<table>`.

    Parameters
    ----------
    folder : Path
    needed : sequence of str
        Tables that must be there.
    timezone : str, optional
        Zone of clocks that name none, such as `Europe/Madrid`. An hour that an autumn night has twice is the
        first one; an hour that a spring night skips is the one after.

    Raises
    ------
    InputError
        A table is missing, there is none, a file is no table of a history, or there is no such zone.
    """

    def __init__(self, folder: Path, needed: Sequence[str], timezone: str | None = None) -> None:
        self.folder = folder
        self._timezone = _known_zone(timezone)
        self.parts: Mapping[str, tuple[Path, ...]] = _parts(folder, needed)

    def __contains__(self, table: object) -> bool:
        return table in self.parts

    def sha256(self) -> dict[str, str]:
        """Checksum of each table's file; of a table in parts, of its parts' checksums."""
        return {table: _sha256(self.parts[table]) for table in sorted(self.parts)}

    def batches(self, table: str) -> Iterator[pa.Table]:
        """Yield a table's rows, with the clocks in UTC and without an index of pandas.

        Raises
        ------
        InputError
            A file cannot be read, or a clock names no zone and none was given.
        """
        for path in self.parts[table]:
            for rows in _batches(path):
                index = [name for name in rows.column_names if INDEX.fullmatch(name)]
                yield self._in_utc(path, rows.drop_columns(index))

    def _in_utc(self, path: Path, rows: pa.Table) -> pa.Table:
        for clock in CLOCKS:
            at = rows.schema.get_field_index(clock)
            if at < 0:
                continue
            values = rows.column(at)
            if pa.types.is_date32(values.type):
                values = values.cast(pa.timestamp("us"))
            if pa.types.is_timestamp(values.type):
                values = self._of_zone(path, clock, values)
            rows = rows.set_column(at, clock, values)
        return rows

    def _of_zone(self, path: Path, clock: str, values: pa.ChunkedArray) -> pa.ChunkedArray:
        if values.type.tz is None:
            if self._timezone is None:
                raise InputError(
                    f"{path}: {clock} names no time zone; say which with --timezone, such as UTC or "
                    "Europe/Madrid"
                )
            values = pc.assume_timezone(values, self._timezone, ambiguous="earliest", nonexistent="latest")
        return values.cast(pa.timestamp(values.type.unit, tz="UTC"))


def _known_zone(timezone: str | None) -> str | None:
    try:
        return None if timezone is None else ZoneInfo(timezone).key
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise InputError(f"There is no time zone {timezone!r}; name one such as Europe/Madrid.") from error


def _parts(folder: Path, needed: Sequence[str]) -> Mapping[str, tuple[Path, ...]]:
    found = {name: _parts_of(folder, name) for name in TABLES}
    missing = [f"{name}.parquet" for name in needed if not found[name]]
    if missing:
        raise InputError(
            f"{folder} lacks {', '.join(missing)}; see data/README.md for the tables of a history"
        )
    strange = sorted(path.name for path in folder.glob("*.parquet") if path.stem not in TABLES)
    if strange:
        raise InputError(
            f"{folder / strange[0]} is no table of data/README.md; give it a table's name or take it away"
        )
    if found[LABELS]:
        raise InputError(
            f"{found[LABELS][0]}: the labels of a history follow from churn_events; take this file away"
        )
    there = {name: parts for name, parts in found.items() if parts}
    if not there:
        raise InputError(f"{folder} holds no table; see data/README.md for the tables of a history")
    return there


def _parts_of(folder: Path, table: str) -> tuple[Path, ...]:
    for place in (folder / f"{table}.parquet", folder / table):
        if place.is_dir():
            parts = tuple(sorted(place.glob("*.parquet")))
            if not parts:
                raise InputError(f"{place} holds no Parquet file; write the table again or take it away")
            return parts
        if place.is_file():
            return (place,)
    return ()


def _sha256(parts: Sequence[Path]) -> str:
    sums = [file_sha256(path) for path in parts]
    return sums[0] if len(sums) == 1 else hashlib.sha256("".join(sums).encode()).hexdigest()


def _batches(path: Path) -> Iterator[pa.Table]:
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            for batch in file.iter_batches(BATCH_ROWS):
                table = pa.Table.from_batches([batch])
                table.validate(full=True)
                yield table
    except (OSError, pa.ArrowException, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read as Parquet ({error}); write it again") from error

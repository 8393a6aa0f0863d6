"""A table's files: a folder of Parquet parts that are never changed, as any tool reads it.

Part k of an edition begins with the rows of part k of the former one. So who is reading while an edition is
swapped in finds every row of the former one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import pyarrow.parquet as pq

PART_NAME = re.compile(r"\d{4,}\.parquet")


def table_path(lake: Path, name: str) -> Path:
    """Return the folder of a table's parts; in a lake of a former format it is one file."""
    return lake / f"{name}.parquet"


def part_path(lake: Path, name: str, number: int) -> Path:
    """Return the file of a table's part; the first has number 1."""
    return table_path(lake, name) / f"{number:04d}.parquet"


def parts_of(lake: Path, name: str) -> tuple[Path, ...]:
    """Return the files of a table in order."""
    place = table_path(lake, name)
    return (place,) if place.is_file() else tuple(sorted(place.glob("*.parquet")))


def group_range(metadata: pq.FileMetaData, group: int, column: str) -> tuple[datetime, datetime]:
    """Return the first and the last moment of a column in a row group, from its statistics."""
    statistics = metadata.row_group(group).column(metadata.schema.names.index(column)).statistics
    return statistics.min, statistics.max


def table_range(metadata: Iterable[pq.FileMetaData], column: str) -> tuple[datetime, datetime] | None:
    """Return the first and the last moment of a column in files; None where they have no row."""
    ranges = [group_range(file, at, column) for file in metadata for at in range(file.num_row_groups)]
    return (min(first for first, _ in ranges), max(last for _, last in ranges)) if ranges else None

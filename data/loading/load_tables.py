"""From a folder of dated tables, one Parquet file each, to a lake: a telecom's own history."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from data.errors import InputError
from data.lake_files.manifest import Facts
from data.lake_files.swap import open_lake
from data.lake_files.table_file import BATCH_ROWS, file_sha256
from data.loading.lake_writer import LakeWriter, refuse_conflict
from data.loading.load_csv import Loaded, undamaged
from data.progress import Progress
from data.schema import TABLES

NEEDED = ("demographics", "services", "billing", "churn_events")
GIVEN = "labels"


def load_tables(
    folder: Path, as_of: datetime, lake: Path, replace: bool = False, progress: Progress | None = None
) -> Loaded:
    """Make the lake hold a dated history that lies in a folder as `<table>.parquet`.

    Parameters
    ----------
    folder : Path
        Holds demographics, services, billing and churn_events, and tickets and offers if there are any.
    as_of : datetime
        UTC midnight; nothing in the tables was learned later.
    lake : Path
        The lake's folder.
    replace : bool
        Whether another base may be replaced.
    progress : callable, optional
        As in `LakeWriter`.

    Raises
    ------
    InputError, TableShapeError, ContractError, LakeError
        A table is missing, unreadable or breaks its contract, or the lake stands in the way; the lake is as
        it was.
    """
    files = _files(folder)
    sums = {name: file_sha256(path) for name, path in files.items()}
    together = hashlib.sha256("".join(f"{name}{sums[name]}" for name in sorted(sums)).encode()).hexdigest()
    base = f"history-{together[:12]}-{as_of:%Y%m%d}"
    existing = None if replace else undamaged(lake, lambda facts: facts.base == base, tolerant=False)
    if existing:
        return Loaded(existing, written=False)
    refuse_conflict(lake, base, replace)
    facts = Facts(
        base, "history", "events", as_of, "tickets" in files, {"sha256": dict(sorted(sums.items()))}
    )
    with LakeWriter(lake, facts, replace, progress) as writer:
        for name, path in files.items():
            for rows in _batches(path):
                writer.append(name, rows)
    return Loaded(open_lake(lake), written=True)


def _files(folder: Path) -> Mapping[str, Path]:
    files = {name: folder / f"{name}.parquet" for name in TABLES}
    missing = [files[name].name for name in NEEDED if not files[name].is_file()]
    if missing:
        raise InputError(
            f"{folder} lacks {', '.join(missing)}; see data/README.md for the tables of a history"
        )
    strange = sorted(path.name for path in folder.glob("*.parquet") if path.stem not in TABLES)
    if strange:
        raise InputError(
            f"{folder / strange[0]} is no table of data/README.md; give it a table's name or take it away"
        )
    if files[GIVEN].is_file():
        raise InputError(
            f"{files[GIVEN]}: the labels of a history follow from churn_events; take this file away"
        )
    return {name: path for name, path in files.items() if path.is_file()}


def _batches(path: Path) -> Iterator[pa.Table]:
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            for batch in file.iter_batches(BATCH_ROWS):
                table = pa.Table.from_batches([batch])
                table.validate(full=True)
                yield table
    except (OSError, pa.ArrowException, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read as Parquet ({error}); write it again") from error

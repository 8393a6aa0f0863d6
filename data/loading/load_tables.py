"""From a folder of dated tables, one Parquet file each, to a lake: a telecom's own history."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from data.errors import EditionError, InputError
from data.lake_files.manifest import Facts, Manifest
from data.lake_files.swap import open_lake
from data.lake_files.table_file import BATCH_ROWS, batches, file_sha256, shape
from data.loading.editions import check_later, chosen_name, former_edition, next_facts
from data.loading.lake_writer import LakeWriter, refuse_conflict
from data.loading.loaded import Loaded, user_name
from data.loading.rewritten import corrections, refuse_rewritten
from data.progress import Progress
from data.schema import TABLES

NEEDED = ("demographics", "services", "billing", "churn_events")
GIVEN = "labels"
Source = dict[str, dict[str, str]]
"""Checksums of the files by table, under `sha256`."""
LONGEST_GAP = timedelta(days=62)
"""From the last bill of an edition to the first of the next one: two months, the features' time to live."""


@dataclass(frozen=True)
class HowToLoad:
    """What a load of a history may do to the base that lies in the lake.

    Parameters
    ----------
    base : str, optional
        The base's name; by default that of the base in the lake, or else `history`.
    replace : bool
        Whether to begin a base anew, in the place of whatever lies there.
    append : bool
        Whether the folder holds only what is new since the latest edition.
    accept_corrections : bool
        Whether rows that differ from an earlier edition's are corrections, learned at the as-of date.
    """

    base: str | None = None
    replace: bool = False
    append: bool = False
    accept_corrections: bool = False


def load_tables(
    folder: Path,
    as_of: datetime,
    lake: Path,
    how: HowToLoad = HowToLoad(),  # noqa: B008  # frozen
    progress: Progress | None = None,
) -> Loaded:
    """Make the lake hold a dated history that lies in a folder as `<table>.parquet`.

    Where a history lies in the lake already, this is its next edition. Rows that were learned up to the
    latest edition must be those of the lake; the others are added.

    Parameters
    ----------
    folder : Path
        Holds demographics, services, billing and churn_events, and tickets and offers if there are any.
    as_of : datetime
        UTC midnight; nothing in the tables was learned later.
    lake : Path
        The lake's folder.
    how : HowToLoad
        What may be done to the base that lies there.
    progress : callable, optional
        As in `LakeWriter`.

    Raises
    ------
    InputError, TableShapeError, ContractError, LakeError
        A table is missing, unreadable or breaks its contract, the data contradict an earlier edition, or the
        lake stands in the way; the lake is as it was.
    """
    former = None if how.replace else former_edition(lake, "history", how.base)
    if how.append and former is None:
        raise EditionError(
            f"There is no history in {lake} that {folder} could be appended to; load it whole."
        )
    files = _files(folder, () if how.append else NEEDED)
    source = {"sha256": {name: file_sha256(files[name]) for name in sorted(files)}}
    if former is None:
        return _first(files, source, as_of, lake, how, progress)
    if (former.facts.data_until, former.facts.source) == (as_of, source):
        return Loaded(former, written=False)
    check_later(lake, former, as_of, "tickets" in files or (how.append and former.facts.tickets))
    return _next(files, source, as_of, lake, how, former, progress)


def _first(
    files: Mapping[str, Path],
    source: Source,
    as_of: datetime,
    lake: Path,
    how: HowToLoad,
    progress: Progress | None,
) -> Loaded:
    sums = "".join(f"{table}{sha256}" for table, sha256 in source["sha256"].items())
    together = hashlib.sha256(sums.encode()).hexdigest()
    name = chosen_name(how.base, "history")
    base = f"{name}-{together[:12]}-{as_of:%Y%m%d}"
    refuse_conflict(lake, base, how.replace)
    facts = Facts(base, "history", "events", as_of, "tickets" in files, source, name)
    with LakeWriter(lake, facts, how.replace, progress, loaded_by=user_name()) as writer:
        for table, path in files.items():
            for rows in _batches(path):
                writer.append(table, rows)
    return Loaded(open_lake(lake), written=True)


def _next(
    files: Mapping[str, Path],
    source: Source,
    as_of: datetime,
    lake: Path,
    how: HowToLoad,
    former: Manifest,
    progress: Progress | None,
) -> Loaded:
    until = former.facts.data_until
    for table, path in files.items():
        _check_shape(table, path)
    if not how.accept_corrections:
        refuse_rewritten(lake, files, until, whole=not how.append)
    facts = next_facts(former, as_of, source)
    with LakeWriter(lake, facts, progress=progress, earlier=former, loaded_by=user_name()) as writer:
        for table, path in files.items():
            if how.accept_corrections:
                for rows in corrections(lake, table, path, until, as_of):
                    writer.append(table, rows)
            first: datetime | None = None
            for rows in _news(path, until):
                first = min(filter(None, (first, pc.min(rows["event_timestamp"]).as_py())), default=None)
                writer.append(table, rows)
            if table == "billing" and first is not None:
                _refuse_gap(lake, path, first)
    return Loaded(open_lake(lake), written=True)


def _refuse_gap(lake: Path, path: Path, first: datetime) -> None:
    last = max(pc.max(rows["event_timestamp"]).as_py() for rows in batches(lake, "billing"))
    if first - last > LONGEST_GAP:
        raise EditionError(
            f"{path}: its first new bill is of {first:%Y-%m-%d} and the lake's last one of {last:%Y-%m-%d}; "
            "load what lies between first."
        )


def _news(path: Path, until: datetime) -> Iterator[pa.Table]:
    for rows in _batches(path):
        news = rows.filter(pc.greater(rows["created_timestamp"], until))
        if news.num_rows:
            yield news


def _check_shape(table: str, path: Path) -> None:
    for rows in _batches(path):
        shape(rows.slice(0, 0), TABLES[table])
        return


def _files(folder: Path, needed: tuple[str, ...]) -> Mapping[str, Path]:
    files = {name: folder / f"{name}.parquet" for name in TABLES}
    missing = [files[name].name for name in needed if not files[name].is_file()]
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
    there = {name: path for name, path in files.items() if path.is_file()}
    if not there:
        raise InputError(f"{folder} holds no table; see data/README.md for the tables of a history")
    return there


def _batches(path: Path) -> Iterator[pa.Table]:
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            for batch in file.iter_batches(BATCH_ROWS):
                table = pa.Table.from_batches([batch])
                table.validate(full=True)
                yield table
    except (OSError, pa.ArrowException, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read as Parquet ({error}); write it again") from error

"""From a folder of dated tables, one Parquet file each, to a lake: a telecom's own history."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq

from data.errors import EditionError
from data.lake_files.manifest import Facts, Manifest
from data.lake_files.parts import parts_of, table_range
from data.lake_files.swap import GIVEN, open_lake, side_folder
from data.lake_files.table_file import TableFile, shape
from data.loading.editions import check_later, chosen_name, former_edition, next_facts
from data.loading.given import GivenTables
from data.loading.lake_writer import LakeWriter, refuse_conflict
from data.loading.loaded import Loaded, user_name
from data.loading.rewritten import corrections, refuse_rewritten
from data.progress import Progress
from data.schema import TABLES

NEEDED = ("demographics", "services", "billing", "churn_events")
LONGEST_GAP = timedelta(days=62)
"""From the last bill of an edition to the first of the next one: two months, the features' time to live."""


@dataclass(frozen=True)
class HowToLoad:
    """What a load of a history may do to the base that lies in the lake.

    Parameters
    ----------
    base : str, optional
        The base's name; by default that of the base in the lake, or else `history`.
    timezone : str, optional
        Zone of clocks that name none, such as `Europe/Madrid`.
    replace : bool
        Whether to begin a base anew, in the place of whatever lies there.
    append : bool
        Whether the folder holds only what is new since the latest edition.
    accept_corrections : bool
        Whether rows that differ from an earlier edition's are corrections, learned at the as-of date.
    """

    base: str | None = None
    timezone: str | None = None
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
        Holds demographics, services, billing and churn_events, and tickets and offers if there are any, each
        as a file or a folder of parts.
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
    given = GivenTables(folder, () if how.append else NEEDED, how.timezone)
    sums = given.sha256()
    if former is None:
        return _first(given, sums, as_of, lake, how, progress)
    if (former.facts.data_until, former.facts.source) == (as_of, {"sha256": sums}):
        return Loaded(former, written=False)
    check_later(lake, former, as_of, "tickets" in given or (how.append and former.facts.tickets))
    _next(given, sums, as_of, lake, how, former, progress)
    return Loaded(open_lake(lake), written=True, taken_over=former.is_former)


def _first(
    given: GivenTables,
    sums: Mapping[str, str],
    as_of: datetime,
    lake: Path,
    how: HowToLoad,
    progress: Progress | None,
) -> Loaded:
    together = hashlib.sha256("".join(f"{table}{sums[table]}" for table in sums).encode()).hexdigest()
    name = chosen_name(how.base, "history")
    base = f"{name}-{together[:12]}-{as_of:%Y%m%d}"
    refuse_conflict(lake, base, how.replace)
    facts = Facts(base, "history", "events", as_of, "tickets" in given, {"sha256": sums}, name)
    with LakeWriter(lake, facts, how.replace, progress, loaded_by=user_name()) as writer:
        for table in given.parts:
            for rows in given.batches(table):
                writer.append(table, rows)
    return Loaded(open_lake(lake), written=True)


def _next(
    given: GivenTables,
    sums: Mapping[str, str],
    as_of: datetime,
    lake: Path,
    how: HowToLoad,
    former: Manifest,
    progress: Progress | None,
) -> None:
    """Write the next edition: append what is new, and compare the rest with what the lake knows."""
    until = former.facts.data_until
    facts = next_facts(former, as_of, {"sha256": sums})
    with (
        LakeWriter(lake, facts, progress=progress, earlier=former, loaded_by=user_name()) as writer,
        tempfile.TemporaryDirectory(prefix=GIVEN, dir=side_folder(writer.target)) as place,
    ):
        divided = {table: _divided(given, table, until, writer, Path(place)) for table in given.parts}
        past = {table: file.path for table, file in divided.items() if file.rows or not how.append}
        if not how.accept_corrections:
            refuse_rewritten(lake, past, until, whole=not how.append)
        for table, path in past.items() if how.accept_corrections else ():
            for rows in corrections(lake, table, path, until, as_of):
                writer.append(table, rows)


def _divided(given: GivenTables, table: str, until: datetime, writer: LakeWriter, place: Path) -> TableFile:
    """Append the rows that were learned after a moment, and return a file with the others."""
    past = TableFile(place / f"{table}.parquet", TABLES[table])
    first: datetime | None = None
    try:
        for rows in given.batches(table):
            shaped = shape(rows, TABLES[table])
            is_news = pc.greater(shaped["created_timestamp"], until)
            news = shaped
            if not pc.all(is_news).as_py():
                news = shaped.filter(is_news)
                past.append(shaped.filter(pc.invert(is_news)))
            first = min(filter(None, (first, pc.min(news["event_timestamp"]).as_py())), default=None)
            writer.append(table, news)
    finally:
        past.close()
    if table == "billing" and first is not None:
        _refuse_gap(writer.target, first)
    return past


def _refuse_gap(lake: Path, first: datetime) -> None:
    billed = table_range(map(pq.read_metadata, parts_of(lake, "billing")), "event_timestamp")
    if billed and first - (last := billed[1]) > LONGEST_GAP:
        raise EditionError(
            f"The first new bill is of {first:%Y-%m-%d} and the lake's last one of {last:%Y-%m-%d}; "
            "load what lies between first."
        )

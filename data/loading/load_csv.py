"""From a Telco CSV to a lake: date, file, base, tables, in this order.

A later file of the same base is its next edition. It may lack `Churn`: its customers are then scored, and not
learned from.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from pathlib import Path

import pyarrow.compute as pc

from data.errors import EditionError, InputError, LakeDamagedError, LakeMissingError
from data.lake_files.damage import check_files
from data.lake_files.manifest import Facts, Manifest
from data.lake_files.reading import rows_since
from data.lake_files.swap import open_lake
from data.loading.editions import check_later, chosen_name, former_edition, next_facts
from data.loading.lake_writer import LakeWriter, refuse_conflict
from data.loading.loaded import Loaded, user_name
from data.progress import Progress
from data.telco.csv_file import TelcoFile, content_sha256, parse
from data.telco.csv_text import read_content
from data.telco.tables import snapshot_tables

EARLIEST = date(1970, 1, 1)
LEAST_KEPT = 0.5
"""Least share of an edition's customers that the next one must have, unless the base is named."""


def parse_as_of(text: str, today: date) -> datetime:
    """Return the as-of date at 00:00 UTC.

    Parameters
    ----------
    text : str
        `YYYY-MM-DD`, or `today`.
    today : date
        Today's date in UTC.

    Raises
    ------
    InputError
        It is no date, in the future, or before 1970.
    """
    if text == "today":
        return _midnight(today)
    try:
        # fromisoformat alone would also take 20261101 and 2026-W44-7.
        day = date.fromisoformat(text) if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) else None
    except ValueError:
        day = None
    if day is None:
        raise InputError(f"The as-of date {text!r} is no date; write it as 2026-11-01, or `today`.")
    if day > today:
        raise InputError(f"The as-of date {day} is in the future: today is {today} (UTC).")
    if day < EARLIEST:
        raise InputError(f"The as-of date {day} is before {EARLIEST}.")
    return _midnight(day)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def load(
    path: Path,
    as_of: datetime,
    lake: Path,
    replace: bool = False,
    if_changed: bool = False,
    progress: Progress | None = None,
    base: str | None = None,
) -> Loaded:
    """Make the lake hold the base of a Telco CSV, or its next edition where an earlier one lies there.

    Parameters
    ----------
    path : Path
        The CSV.
    as_of : datetime
        UTC midnight; the clock of every row.
    lake : Path
        The lake's folder.
    replace : bool
        Whether to begin a base anew, in the place of whatever lies there.
    if_changed : bool
        Keep a whole lake that was made from these very bytes, whatever its date; otherwise replace.
    progress : callable, optional
        As in `data.telco.csv_file.parse` and `LakeWriter`.
    base : str, optional
        The base's name; by default that of the snapshot in the lake, or else `telco`.

    Raises
    ------
    InputError, BadRowsError, LakeError
        The file is bad, or the lake stands in the way; the lake is as it was.
    """
    content = read_content(path)
    sha256 = content_sha256(content)
    if if_changed:
        there = undamaged(lake, lambda facts: facts.source.get("sha256") == sha256)
        if there:
            return Loaded(there, written=False)
    anew = replace or if_changed
    former = None if anew else former_edition(lake, "snapshot", base)
    if former and (former.facts.source.get("sha256"), former.facts.data_until) == (sha256, as_of):
        return Loaded(former, written=False)
    identity = f"{chosen_name(base, 'snapshot')}-{sha256[:12]}-{as_of:%Y%m%d}"
    if former is None:
        refuse_conflict(lake, identity, anew)
    telco = parse(path, content, progress, labelled=former is None)
    if former is None:
        facts = _facts(telco, identity, as_of, chosen_name(base, "snapshot"))
    else:
        check_later(lake, former, as_of, telco.tickets)
        if base is None:
            _check_customers(path, lake, former, telco)
        facts = next_facts(former, as_of, _source(telco))
    with LakeWriter(lake, facts, anew, progress, earlier=former, loaded_by=user_name()) as writer:
        for name, rows in snapshot_tables(telco, as_of).items():
            writer.append(name, rows)
    return Loaded(
        open_lake(lake), True, telco.blank_lines, taken_over=former is not None and former.is_former
    )


def undamaged(lake: Path, wanted: Callable[[Facts], bool]) -> Manifest | None:
    """Return the manifest of the lake if it is the wanted one and undamaged, else None."""
    try:
        return check_files(lake) if wanted(open_lake(lake).facts) else None
    except (LakeMissingError, LakeDamagedError):
        return None


def _check_customers(path: Path, lake: Path, former: Manifest, telco: TelcoFile) -> None:
    """Refuse a file that has few of the latest edition's customers: it is another company's."""
    until = former.facts.data_until
    rows = list(rows_since(lake, "demographics", ("customerID", "event_timestamp"), until))
    customers = sum(table.num_rows for table in rows)
    kept = sum(pc.sum(pc.is_in(table["customerID"], telco.rows["customerID"])).as_py() or 0 for table in rows)
    if kept < LEAST_KEPT * customers:
        raise EditionError(
            f"{path} has {kept:,} of the {customers:,} customers that {former.facts.base} had on "
            f"{until:%Y-%m-%d}, so it is not taken for its next edition. If it is, say "
            f"--base {former.facts.name}; if not, add --replace, or set STAYLINE_LAKE to another place."
        )


def _facts(telco: TelcoFile, base: str, as_of: datetime, name: str) -> Facts:
    return Facts(base, "snapshot", "given", as_of, telco.tickets, _source(telco), name)


def _source(telco: TelcoFile) -> dict[str, object]:
    return {
        "file": telco.name,
        "sha256": telco.sha256,
        "columns": telco.rows.num_columns,
        "blank_total_charges": len(telco.blank_lines),
    }

"""From a Telco CSV to a lake: date, file, base, tables, in this order."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path

from data.errors import InputError, LakeDamagedError, LakeMissingError
from data.lake_files.damage import check_files
from data.lake_files.manifest import Facts, Manifest
from data.lake_files.swap import open_lake
from data.loading.lake_writer import LakeWriter, refuse_conflict
from data.progress import Progress
from data.telco.csv_file import TelcoFile, content_sha256, parse
from data.telco.csv_text import read_content
from data.telco.tables import snapshot_tables
from data.violations import counted

EARLIEST = date(1970, 1, 1)


@dataclass(frozen=True)
class Loaded:
    """What a load did.

    Parameters
    ----------
    manifest : Manifest
        Of the lake as it is now.
    written : bool
        False when the lake already held what was asked for.
    blank_lines : tuple of int
        Lines of the file whose blank TotalCharges was read as 0; empty when nothing was written.
    """

    manifest: Manifest
    written: bool
    blank_lines: tuple[int, ...] = ()

    def summary_lines(self) -> list[str]:
        """Return what the load did, as lines for the user."""
        facts = self.manifest.facts
        if not self.written:
            return [f"{facts.base} is there already: {self._customers()}."]
        lines = [f"{facts.base}: {self._customers()}."]
        if self.blank_lines:
            lines_read = counted(len(self.blank_lines), "line")
            lines.append(f"TotalCharges was blank at tenure 0 on {lines_read} and is read as 0.")
        if not facts.tickets:
            lacking = (
                "There is no tickets.parquet" if facts.kind == "history" else "The file has no ticket columns"
            )
            lines.append(f"{lacking}; the table tickets is empty.")
        return lines

    def _customers(self) -> str:
        """Customers on the as-of date; a history's demographics also have those who left before."""
        tables, day = self.manifest.tables, f"{self.manifest.facts.data_until:%Y-%m-%d}"
        left = tables["churn_events"].rows
        customers = f"{counted(tables['demographics'].rows - left, 'customer')} as of {day}"
        return f"{customers}, and {left:,} who had left" if left else customers


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
) -> Loaded:
    """Make the lake hold the base of a Telco CSV.

    Parameters
    ----------
    path : Path
        The CSV.
    as_of : datetime
        UTC midnight; the clock of every row.
    lake : Path
        The lake's folder.
    replace : bool
        Whether another base may be replaced.
    if_changed : bool
        Keep a whole lake that was made from these very bytes, whatever its date; otherwise replace.
    progress : callable, optional
        As in `data.telco.csv_file.parse` and `LakeWriter`.

    Raises
    ------
    InputError, BadRowsError, LakeError
        The file is bad, or the lake stands in the way; the lake is as it was.
    """
    content = read_content(path)
    sha256 = content_sha256(content)
    base = f"telco-{sha256[:12]}-{as_of:%Y%m%d}"
    if if_changed:
        existing = undamaged(lake, lambda facts: facts.source.get("sha256") == sha256, tolerant=True)
    else:
        existing = None if replace else undamaged(lake, lambda facts: facts.base == base, tolerant=False)
    if existing:
        return Loaded(existing, written=False)
    refuse_conflict(lake, base, replace or if_changed)
    telco = parse(path, content, progress)
    with LakeWriter(lake, _facts(telco, base, as_of), replace or if_changed, progress) as writer:
        for name, rows in snapshot_tables(telco, as_of).items():
            writer.append(name, rows)
    return Loaded(open_lake(lake), written=True, blank_lines=telco.blank_lines)


def undamaged(lake: Path, wanted: Callable[[Facts], bool], tolerant: bool) -> Manifest | None:
    """Return the manifest of the lake if it is the wanted one and undamaged, else None.

    With `tolerant`, a damaged lake gives None too; otherwise it raises LakeDamagedError.
    """
    try:
        return check_files(lake) if wanted(open_lake(lake).facts) else None
    except LakeMissingError:
        return None
    except LakeDamagedError:
        if tolerant:
            return None
        raise


def _facts(telco: TelcoFile, base: str, as_of: datetime) -> Facts:
    source = {
        "file": telco.name,
        "sha256": telco.sha256,
        "columns": telco.rows.num_columns,
        "blank_total_charges": len(telco.blank_lines),
    }
    return Facts(base, "snapshot", "given", as_of, telco.tickets, source)

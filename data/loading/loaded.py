"""What a load did, and who did it."""

from __future__ import annotations

import getpass
from dataclasses import dataclass

from data.lake_files.manifest import Manifest
from data.violations import counted


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
    taken_over : bool
        Whether the lake was of a former format until now.
    """

    manifest: Manifest
    written: bool
    blank_lines: tuple[int, ...] = ()
    taken_over: bool = False

    def summary_lines(self) -> list[str]:
        """Return what the load did, as lines for the user."""
        facts = self.manifest.facts
        if not self.written:
            return [f"{facts.base} is there already: {customers_text(self.manifest)}."]
        edition = len(self.manifest.editions)
        lines = [
            f"{facts.base}{f', edition {edition}' if edition > 1 else ''}: {customers_text(self.manifest)}."
        ]
        if self.taken_over:
            lines.append("The lake was of a former format and has the present one now, with all its rows.")
        if self.blank_lines:
            lines_read = counted(len(self.blank_lines), "line")
            lines.append(f"TotalCharges was blank at tenure 0 on {lines_read} and is read as 0.")
        if not facts.tickets:
            lacking = (
                "There is no tickets.parquet" if facts.kind == "history" else "The file has no ticket columns"
            )
            lines.append(f"{lacking}; the table tickets is empty.")
        return lines


def customers_text(manifest: Manifest) -> str:
    """Return how many customers there are on the as-of date, and after how many leaves.

    Each row of a history's demographics begins a stay, and each leave ends one.
    """
    tables, day = manifest.tables, f"{manifest.facts.data_until:%Y-%m-%d}"
    if manifest.facts.kind == "snapshot":
        return f"{counted(manifest.editions[-1].rows['demographics'], 'customer')} as of {day}"
    left = tables["churn_events"].rows
    customers = f"{counted(tables['demographics'].rows - left, 'customer')} as of {day}"
    return f"{customers}, after {counted(left, 'leave')}" if left else customers


def user_name() -> str:
    """Return the name of the user who loads, `unknown` where the system knows none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return "unknown"

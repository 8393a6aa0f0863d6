"""The error for an input file with bad rows: the first are in the message, and all in a file if many."""

from __future__ import annotations

import csv
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from data.errors import BadRowsError
from data.violations import MOST_LISTED, Violation, counted, listed


def bad_rows_error(path: Path, violations: Sequence[Violation], cure: str = "") -> BadRowsError:
    """Return the error that lists every bad row of an input file.

    The message shows the first 50; when there are more, it says how many and names a CSV file in the system's
    folder for temporary files that lists all of them (line, column, value, rule).

    Parameters
    ----------
    path : Path
        The input file.
    violations : sequence of Violation
        Every bad cell, at least one.
    cure : str
        What to do, appended to the message.
    """
    ordered = sorted(violations, key=lambda violation: violation.line)
    lines = len({violation.line for violation in ordered})
    message = f"{path} cannot be loaded: {counted(len(ordered), 'problem')} on {counted(lines, 'line')}.\n"
    message += listed(ordered)
    if len(ordered) > MOST_LISTED:
        message += f"; all of them are listed in {_written(ordered)}"
    return BadRowsError(f"{message}\n{cure}" if cure else message, ordered)


def _written(violations: Sequence[Violation]) -> str:
    handle, name = tempfile.mkstemp(prefix="stayline-bad-rows-", suffix=".csv")
    with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["line", "column", "value", "rule"])
        writer.writerows([v.line, v.column, v.value, v.rule] for v in violations)
    return name

"""Recognizing a Telco CSV by its first line, so that any other file is refused with one message."""

from __future__ import annotations

import re
from pathlib import Path

from data.errors import InputError
from data.telco.contract import COLUMNS, TICKET_COLUMNS
from data.violations import values_text

FEWEST_COLUMNS = 5
"""A first line with fewer of the Telco columns than this is not that of a Telco CSV."""
_BYTES_READ = 10_000
_NAMES_LISTED = 5
_LONGEST_NAME = 30


def check_is_telco(path: Path, content: bytes) -> None:
    """Refuse a file whose first line has fewer than five of the Telco file's columns, in any encoding.

    Raises
    ------
    InputError
        The message names the first columns found and those expected.
    """
    # Without its null bytes, UTF-16 has the names too. `decode` refuses that encoding with its own message.
    start = content[:_BYTES_READ].replace(b"\0", b"").decode("utf-8-sig", "replace").split("\n")
    first = next((line.strip() for line in start if line.strip()), None)
    if first is None:
        return
    names = [name.strip().strip('"\ufffd') for name in re.split(r"[,;\t|]", first)]
    known = len({*names} & {*COLUMNS})
    if known >= FEWEST_COLUMNS:
        return
    raise InputError(
        f"{path} is no Telco CSV: its first line has {known or 'none'} of the {len(COLUMNS)} columns.\n"
        f"  found: {_found(names)}\n"
        f"  expected, in this spelling: {', '.join(COLUMNS)}; "
        f"{' and '.join(TICKET_COLUMNS)} may stand before Churn"
    )


def _found(names: list[str]) -> str:
    short = [
        name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}…" for name in names[:_NAMES_LISTED]
    ]
    return values_text(short) + (", …" if len(names) > _NAMES_LISTED else "")

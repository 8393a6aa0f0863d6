"""Telling a file that is no Telco CSV at all from one of which some columns or rows are wrong."""

from __future__ import annotations

import re
from pathlib import Path

from data.errors import InputError
from data.telco.contract import COLUMNS, TICKET_COLUMNS
from data.violations import shown

FEWEST = 5
"""With fewer of the columns than this, it is another file."""
_LOOKED_AT = 10_000
_SHOWN = 5
_WIDEST = 30


def refuse_other_file(path: Path, content: bytes) -> None:
    """Refuse a file whose first line has (nearly) none of the Telco file's columns, whatever its encoding.

    Raises
    ------
    InputError
        Once, with the first columns found and those expected; a header of which most is there passes.
    """
    # Without its null bytes, UTF-16 shows the names as well: `decode` says what is wrong with that.
    start = content[:_LOOKED_AT].replace(b"\0", b"").decode("utf-8-sig", "replace").split("\n")
    first = next((line.strip() for line in start if line.strip()), None)
    if first is None:
        return
    names = [name.strip().strip('"\ufffd') for name in re.split(r"[,;\t|]", first)]
    known = len({*names} & {*COLUMNS})
    if known >= FEWEST:
        return
    raise InputError(
        f"{path} is no Telco CSV: its first line has {known or 'none'} of the {len(COLUMNS)} columns.\n"
        f"  found: {_found(names)}\n"
        f"  expected, in this spelling: {', '.join(COLUMNS)}; "
        f"{' and '.join(TICKET_COLUMNS)} may stand before Churn"
    )


def _found(names: list[str]) -> str:
    short = [name if len(name) <= _WIDEST else f"{name[:_WIDEST]}…" for name in names[:_SHOWN]]
    return shown(short) + (", …" if len(names) > _SHOWN else "")

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
_ZIP = b"PK\x03\x04"
_WORKBOOK = b"xl/"
"""Every workbook in a ZIP archive has its sheets in this folder; the archive names it in plain bytes."""
_TO_CSV = "save the sheet as CSV in UTF-8, separated by commas, and load that file"
_UNPACK = "unpack it and load the CSV that is in it"
_KINDS = (
    (b"\x1f\x8b", "is compressed with gzip", _UNPACK),
    (b"BZh", "is compressed with bzip2", _UNPACK),
    (b"\xfd7zXZ\0", "is compressed with xz", _UNPACK),
    (b"\x28\xb5\x2f\xfd", "is compressed with zstd", _UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "is a 7z archive", _UNPACK),
    (_ZIP, "is a ZIP archive", _UNPACK),
    (b"\xd0\xcf\x11\xe0", "is a workbook of a spreadsheet (.xls)", _TO_CSV),
    (b"PAR1", "is a Parquet file", "give the folder of a history's tables, or write the table as CSV"),
)
"""What a file begins with that is no text, what it is, and what to do."""
_LONGEST_NAME = 30


def check_is_telco(path: Path, content: bytes) -> None:
    """Refuse a file whose first line has fewer than five of the Telco file's columns, in any encoding.

    Raises
    ------
    InputError
        The message names the first columns found and those expected. Of a workbook, an archive or a
        compressed file it says what the file is and what to do.
    """
    if kind := _other_kind(content):
        what, cure = kind
        raise InputError(f"{path} {what}, not a CSV; {cure}.")
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


def _other_kind(content: bytes) -> tuple[str, str] | None:
    """What a file is that is no text, and what to do; None where nothing is known of it."""
    if content.startswith(_ZIP) and _WORKBOOK in content:
        return "is a workbook of a spreadsheet (.xlsx)", _TO_CSV
    return next(((what, cure) for start, what, cure in _KINDS if content.startswith(start)), None)


def _found(names: list[str]) -> str:
    short = [
        name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}…" for name in names[:_NAMES_LISTED]
    ]
    return values_text(short) + (", …" if len(names) > _NAMES_LISTED else "")

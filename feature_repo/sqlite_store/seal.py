"""The seal of the online store: what a run filled it from, and a check of its file, byte for byte.

It is a small file beside the store. As long as the store's file is the one that was sealed, every row in it
is as it was written, and need not be looked at one by one. A file that was written to since, or that a disk
changed, has no seal; neither has one whose seal is missing or damaged.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from feature_repo.files import FILE_MODE, replace_file

_CHUNK = 1 << 20


class Seal(NamedTuple):
    """What the store held when it was sealed.

    Attributes
    ----------
    source : str or None
        Stands for what it was filled from; None if that cannot be said.
    until : int
        Moment, in microseconds since 1970 UTC, up to which it was filled.
    customers : mapping of str to int
        Customers in each view.
    """

    source: str | None
    until: int
    customers: Mapping[str, int]


def seal_path(database: Path) -> Path:
    """File of a store's seal."""
    return database.with_name(f"{database.name}.seal.json")


def write_seal(database: Path, seal: Seal) -> None:
    """Seal a store as it is. A log that is not empty is not part of the file, so there is no seal then.

    Raises
    ------
    OSError
        The file cannot be read, or the seal cannot be written.
    """
    if not _has_log(database):
        text = json.dumps({"file": _check(database), **seal._asdict()}).encode()
        replace_file(seal_path(database), b"%b\n%08x\n" % (text, zlib.crc32(text)), FILE_MODE)


def read_seal(database: Path) -> Seal | None:
    """Seal of a store that is as it was sealed, or None.

    Raises
    ------
    OSError
        A file is there and cannot be read.
    """
    try:
        text, check = seal_path(database).read_bytes().splitlines()
    except (FileNotFoundError, ValueError):
        return None
    if check != b"%08x" % zlib.crc32(text):
        return None
    said = json.loads(text)
    return Seal(**said) if said.pop("file") == _check(database) and not _has_log(database) else None


def _has_log(database: Path) -> bool:
    log = database.with_name(f"{database.name}-wal")
    return log.exists() and log.stat().st_size > 0


def _check(database: Path) -> str | None:
    """Check of a file's bytes, and how many there are; None if there is no file."""
    if not database.exists():
        return None
    check, buffer = 0, memoryview(bytearray(_CHUNK))
    with database.open("rb", buffering=0) as file:
        while length := file.readinto(buffer):
            check = zlib.crc32(buffer[:length], check)
        return f"{check:08x}-{os.fstat(file.fileno()).st_size}"

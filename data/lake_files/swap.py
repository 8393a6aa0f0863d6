"""Replacing the lake as a whole: a folder beside it, a lock, two renames, and recovery from a half-done swap.

Beside the lake `data/lake` lies `data/.lake-swap` with `lock`, `new` (being written), `given-…` (what a load
compares with the lake) and, between the two renames of a swap, `old`. A process that dies between them leaves
`old` and no lake; `open_lake` puts it back.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from data.errors import LakeError, LakeLockedError
from data.lake_files.manifest import Manifest, read_manifest
from data.lake_files.private import FILE_MODE, private_folder
from data.lake_files.table_file import sync

GIVEN = "given-"


def side_folder(lake: Path) -> Path:
    """Return the folder beside `lake` in which the next lake is written."""
    return lake.parent / f".{lake.name}-swap"


def new_folder(lake: Path) -> Path:
    """Return the folder of the lake that is being written."""
    return side_folder(lake) / "new"


def _old_folder(lake: Path) -> Path:
    return side_folder(lake) / "old"


@contextmanager
def locked(lake: Path) -> Iterator[None]:
    """Hold the lake's writing lock. The kernel releases it when the process ends, even by a crash.

    Raises
    ------
    LakeLockedError
        Another writer holds it.
    """
    private_folder(side_folder(lake))
    path = side_folder(lake) / "lock"
    handle = os.open(path, os.O_RDWR | os.O_CREAT, FILE_MODE)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = path.read_text().strip() or "unknown"
            raise LakeLockedError(
                f"The lake {lake} is being written by process {owner}; wait for it to end and try again."
            ) from None
        os.ftruncate(handle, 0)
        os.write(handle, str(os.getpid()).encode())
        yield
    finally:
        os.close(handle)


def heal(lake: Path) -> None:
    """Remove what a writer that died left behind. Call it with the lock held."""
    old = _old_folder(lake)
    if old.exists() and not lake.exists():
        os.rename(old, lake)
        sync(lake.parent)
    for leftover in (old, new_folder(lake), *side_folder(lake).glob(f"{GIVEN}*")):
        if leftover.exists():
            shutil.rmtree(leftover)


def swap_in(lake: Path) -> None:
    """Make the finished new folder the lake. Call it with the lock held.

    Raises
    ------
    LakeError
        The folder cannot be renamed (a mount point, no permission); the lake is as before.
    """
    try:
        if lake.exists():
            os.rename(lake, _old_folder(lake))
        os.rename(new_folder(lake), lake)
    except OSError as wrong:
        raise LakeError(f"The new lake cannot be moved to {lake}: {wrong}. The lake is as it was.") from wrong
    finally:
        heal(lake)
    sync(lake.parent)


def open_lake(lake: Path) -> Manifest:
    """Read the manifest of the lake, after undoing a half-done swap.

    Raises
    ------
    LakeMissingError, LakeDamagedError
        As `read_manifest`.
    LakeLockedError
        The lake is missing because a writer is swapping at this moment.
    """
    if not lake.exists() and _old_folder(lake).exists():
        with locked(lake):
            heal(lake)
    return read_manifest(lake)

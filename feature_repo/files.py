"""Files that other processes read: whether one has changed, and how it is replaced as a whole."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple


class FileState(NamedTuple):
    """What differs after a file was written to or replaced."""

    device: int
    inode: int
    modified_ns: int
    size: int


def file_state(path: Path) -> FileState | None:
    """The state of a file, or None when there is none.

    Raises
    ------
    OSError
        The file cannot be looked at.
    """
    try:
        stat = os.stat(path)
    except FileNotFoundError:
        return None
    return FileState(stat.st_dev, stat.st_ino, stat.st_mtime_ns, stat.st_size)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Write a file beside `path`, which takes its place when the block ends without an error.

    A reader sees the old file or the new one, and so does whoever comes back after a crash.

    Parameters
    ----------
    path : Path
        Its folder must be there; the file itself need not.

    Yields
    ------
    Path
        Where to write; nothing is there yet.

    Raises
    ------
    OSError
        The new file cannot be written or renamed; the old one is as it was.
    """
    beside = path.with_name(f".{path.name}-{uuid.uuid4().hex}")
    try:
        yield beside
        with beside.open("rb") as written:
            os.fsync(written.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def replace_file(path: Path, content: bytes, mode: int = 0o666) -> None:
    """Put `content` at `path` in one step; see `replacing`.

    Parameters
    ----------
    path : Path
    content : bytes
    mode : int
        Permissions of the new file, less the process's umask, from its first byte on.
    """
    with replacing(path) as beside:
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(handle, "wb") as out:
            out.write(content)

"""Files that other processes read: whether one has changed, replacing one as a whole, and who may read it.

Files and folders of personal data are their owner's alone, whatever the umask is.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

STATE_FOLDERS = tuple(
    Path(__file__).resolve().parents[1] / name for name in ("feature_repo/data", "serving/out")
)
"""Folders in the project that hold nothing but what it has written."""
FILE_MODE = 0o600
FOLDER_MODE = 0o700
_OF_OTHERS = 0o077


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


def private_file(path: Path) -> None:
    """Make an empty file that its owner alone can read, or take a file that is there from all others."""
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE))
    except FileExistsError:
        _tighten(path, FILE_MODE)


def private_folder(path: Path) -> None:
    """Make a folder that its owner alone can enter, or take a folder that is there from all others."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        path.mkdir(FOLDER_MODE)
    except FileExistsError:
        _tighten(path, FOLDER_MODE)


def private_place(path: Path) -> None:
    """Make the folder of a private file. One that is there is left as it is, unless it is the project's own.

    A folder that somebody names, such as /tmp, holds files of others too.
    """
    if not path.parent.exists() or path.parent in STATE_FOLDERS:
        private_folder(path.parent)


def _tighten(path: Path, mode: int) -> None:
    """Take away what others may do; what belongs to somebody else is that person's to change."""
    stat = path.stat()
    if stat.st_mode & _OF_OTHERS and stat.st_uid == os.geteuid():
        path.chmod(mode)

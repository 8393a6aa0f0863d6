"""Files and folders of personal data, which their owner alone can read, whatever the umask is."""

from __future__ import annotations

import os
from pathlib import Path

FILE_MODE = 0o600
FOLDER_MODE = 0o700
_OF_OTHERS = 0o077


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


def _tighten(path: Path, mode: int) -> None:
    """Take away what others may do; what belongs to somebody else is that person's to change."""
    stat = path.stat()
    if stat.st_mode & _OF_OTHERS and stat.st_uid == os.geteuid():
        path.chmod(mode)

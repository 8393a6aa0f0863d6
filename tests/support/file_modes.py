"""The permissions of files and folders."""

from __future__ import annotations

from pathlib import Path


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def open_to_others(folder: Path) -> list[str]:
    """What others than its owner can read of a folder and all in it, as relative paths."""
    return sorted(
        str(path.relative_to(folder)) for path in (folder, *folder.rglob("*")) if mode(path) & 0o077
    )

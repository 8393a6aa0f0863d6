"""How a command prints a path."""

from __future__ import annotations

from pathlib import Path


def relative_path(path: Path) -> Path:
    """The path as it is typed from here: relative where it lies inside the current directory."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path

"""How a path is told to the one who sits at the command line."""

from __future__ import annotations

from pathlib import Path


def shown(path: Path) -> Path:
    """The path as it is typed from here: relative where it lies inside the current directory."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path

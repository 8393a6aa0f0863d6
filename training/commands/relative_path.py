"""How a command prints a path."""

from __future__ import annotations

from pathlib import Path


def relative_path(path: Path) -> Path:
    """The path relative to the current directory where it lies in it, and unchanged elsewhere."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path

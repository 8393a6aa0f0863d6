"""Where the room's files lie."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def lake_path() -> Path:
    """Return the lake's folder: `STAYLINE_LAKE`, or `data/lake` in the project's root."""
    return _from_env("STAYLINE_LAKE", ROOT / "data" / "lake")


def truth_path() -> Path:
    """Return the folder of a simulation's truth: `STAYLINE_TRUTH`, or `data/truth` in the project's root."""
    return _from_env("STAYLINE_TRUTH", ROOT / "data" / "truth")


def _from_env(variable: str, default: Path) -> Path:
    value = os.environ.get(variable, "")
    return Path(value).expanduser().absolute() if value else default

"""The lake that the feature views read: its folder, the base that it holds, and how its rows are dated."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from feature_repo.errors import ManifestError
from feature_repo.paths import lake_dir as lake_dir

BASE_TAG = "base"
JOIN_KEY = "customerID"
LATER_COLUMNS: Mapping[str, str] = {"ContractMonthsLeft": "BIGINT"}
"""Columns that a part of an earlier version lacks, and their types in SQL: they are null there."""
AHEAD = timedelta(seconds=5)
"""A row may be dated so far in the future, as the clocks of two machines differ."""


def lake_base(lake: Path | None = None) -> str | None:
    """Name of the base in a lake, from its manifest; None when there is no lake.

    Parameters
    ----------
    lake : Path, optional
        Folder of the tables; `lake_dir()` by default.

    Raises
    ------
    ManifestError
        The manifest is not JSON, or names no base.
    """
    path = (lake or lake_dir()) / "manifest.json"
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    try:
        base = json.loads(text)["base"]
    except (ValueError, KeyError, TypeError) as error:
        raise ManifestError(
            f"{path} names no base ({error}); write the lake again with `python -m data`."
        ) from error
    return str(base)

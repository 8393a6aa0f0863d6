"""A loader of small histories."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from lake_content import as_table

from data.loading.load_tables import HowToLoad, load_tables
from data.loading.loaded import Loaded

History = dict[str, list[dict[str, Any]]]
WHOLE = HowToLoad()


@pytest.fixture
def load(tmp_path: Path, lake: Path) -> Callable[..., Loaded]:
    """Return a loader of a history's rows; tables without rows are written too, unless asked otherwise."""

    def load(
        history: History, as_of: datetime, how: HowToLoad = WHOLE, empty: bool = True, to: Path = lake
    ) -> Loaded:
        folder = tmp_path / f"given-{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        for name, rows in history.items():
            if name != "labels" and (rows or empty):
                pq.write_table(as_table(name, rows), folder / f"{name}.parquet")
        return load_tables(folder, as_of, to, how)

    return load

from __future__ import annotations

from pathlib import Path

import pandas as pd
from small_lakes import as_files, telecom_rows, write_lake

from training.dataset.history import read_history


def test_a_lake_of_a_former_format_is_read_alike(tmp_path: Path) -> None:
    lake = write_lake(tmp_path / "lake", telecom_rows(20))
    right = read_history(lake)
    as_files(lake)
    read = read_history(lake)
    pd.testing.assert_frame_equal(read.joined, right.joined)
    pd.testing.assert_frame_equal(read.left, right.left)
    assert len(read.joined) == 20

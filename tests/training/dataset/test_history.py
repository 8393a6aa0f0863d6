from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from small_lakes import as_files, telecom_rows, utc, write_lake

from training.dataset.history import read_history


def test_a_lake_of_a_former_format_is_read_alike(tmp_path: Path) -> None:
    lake = write_lake(tmp_path / "lake", telecom_rows(20))
    right = read_history(lake)
    as_files(lake)
    read = read_history(lake)
    pd.testing.assert_frame_equal(read.joined, right.joined)
    pd.testing.assert_frame_equal(read.left, right.left)
    assert len(read.joined) == 20


def test_a_part_without_reasons_tells_of_leaves_that_were_voluntary(tmp_path: Path):
    lake = write_lake(tmp_path / "lake", {})
    rows: list[dict[str, str]] = [{"customerID": "c1"}, {"customerID": "c2", "reason": "died"}]
    for number, row in enumerate(rows, start=1):
        clocks = dict.fromkeys(("event_timestamp", "created_timestamp"), utc("2025-03-01"))
        part = pa.Table.from_pylist([{**row, **clocks}])
        pq.write_table(
            part, lake / "churn_events.parquet" / f"{number:04d}.parquet", write_page_checksum=True
        )
    left = read_history(lake).left
    assert dict(zip(left["customerID"], left["reason"], strict=True)) == {"c1": "voluntary", "c2": "died"}

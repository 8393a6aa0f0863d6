"""Four scored customers, written by hand as batch scoring writes them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from serving.at_risk.scores_file import SCHEMA


def write_scores(path: Path, model: str = "churn:x", too_little_known: Collection[str] = ()) -> Path:
    """A has left; C has neither contract nor charges; B and D are equal in risk."""
    rows: dict[str, list[Any]] = {
        "customerID": ["A", "B", "C", "D"],
        "probability": [0.9, 0.6, 0.1, 0.6],
        "band": ["high", "high", "low", "high"],
        "segment_id": [1, 0, 0, 1],
        "segment": ["loyal", "new", "new", "loyal"],
        "contract": ["One year", "Month-to-month", None, "Month-to-month"],
        "monthly_charges": [20.0, 30.0, None, 90.0],
        "tenure": [40, 3, None, 12],
        "as_of": [datetime(2026, 11, 1, tzinfo=UTC)] * 4,
        "model": [model] * 4,
        "left": [True, False, False, False],
        "unknown_share": [0.0, 0.0, 0.35, None],
        "contact": [False, True, False, True],
        "offer": [None, "discount", None, "support_call"],
        "expected_profit": [0.0, 12.5, 0.0, 30.0],
        "why": ["holdout", "pays_assumed", "low_risk", "explored"],
        "effect": ["assumed"] * 4,
        "threshold": [0.25] * 4,
    }
    for at, customer in enumerate(rows["customerID"]):
        if customer in too_little_known:
            rows["unknown_share"][at] = 0.8
            for name in ("probability", "band", "segment_id", "segment", "offer", "expected_profit"):
                rows[name][at] = None
            rows["contact"][at], rows["why"][at] = False, "unscored"
    beside = path.with_suffix(".new")
    pq.write_table(pa.table(rows, SCHEMA), beside, write_page_checksum=True)
    beside.replace(path)
    return path

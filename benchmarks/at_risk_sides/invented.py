"""Invented scores of many customers, in the format and the row groups of batch scoring.

python invented.py FILE.parquet CUSTOMERS
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from serving.at_risk.scores_file import SCHEMA
from serving.batch import CHUNK

SEGMENTS = np.array(["New, month-to-month", "Loyal, high value", "No internet"])
CONTRACTS = np.array(["Month-to-month", "One year", "Two year"])
LETTERS = np.array(list("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))


def scores(customers: int) -> pd.DataFrame:
    """As many rows as customers, in no order; every tenth customer has left."""
    random = np.random.default_rng(0)
    probability, segment = random.beta(1.2, 4, customers), random.integers(0, 3, customers)
    return pd.DataFrame(
        {
            "customerID": ids(random.permutation(customers)),
            "probability": probability,
            "band": np.select([probability >= 0.5, probability >= 0.25], ["high", "medium"], "low"),
            "segment_id": segment,
            "segment": SEGMENTS[segment],
            "contract": random.choice(CONTRACTS, customers, p=[0.55, 0.21, 0.24]),
            "monthly_charges": random.uniform(18, 120, customers).round(2),
            "tenure": random.integers(0, 73, customers),
            "as_of": datetime(2026, 11, 1, tzinfo=UTC),
            "model": "churn:qavqmthhxwjwuax4",
            "left": random.random(customers) < 0.1,
            "unknown_share": 0.0,
        }
    )


def ids(numbers: np.ndarray) -> list[str]:
    """An id of Telco's form for each number, no two the same."""
    ends = LETTERS[numbers[:, None] // 26 ** np.arange(5) % 26]
    return [f"{number % 9973:04d}-{''.join(end)}" for number, end in zip(numbers, ends, strict=True)]


def main(path: Path, customers: int) -> None:
    """Write them."""
    frame = scores(customers)
    with pq.ParquetWriter(path, SCHEMA) as writer:
        for start in range(0, customers, CHUNK):
            part = frame.iloc[start : start + CHUNK]
            writer.write_table(pa.Table.from_pandas(part, SCHEMA, preserve_index=False))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))

from __future__ import annotations

from dataclasses import asdict

import numpy as np

from training.metrics.scored import Scored

ROWS = Scored(
    customers=np.array(["a", "b", "c"]),
    churned=np.array([1, 0, 1]),
    raw=np.array([0.9, 0.7, 0.5]),
    probability=np.array([0.6, 0.4, 0.2]),
    value=np.array([100.0, 200.0, 300.0]),
)


def test_a_customer_at_the_threshold_is_contacted() -> None:
    assert len(ROWS) == 3
    assert ROWS.contacted(0.4).tolist() == [True, True, False]
    nobody = ROWS.contacted(None)
    assert (nobody.tolist(), nobody.dtype) == ([False] * 3, bool)


def test_taken_rows_keep_everything_that_is_theirs() -> None:
    taken = ROWS.take(np.array([2, 0]))
    assert {name: values.tolist() for name, values in asdict(taken).items()} == {
        "customers": ["c", "a"],
        "churned": [1, 1],
        "raw": [0.5, 0.9],
        "probability": [0.2, 0.6],
        "value": [300.0, 100.0],
    }

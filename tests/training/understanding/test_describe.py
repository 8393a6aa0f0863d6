from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from serving.model.signature import signature_of
from training.dataset.point_in_time import Dataset
from training.understanding.describe import cramers_v, understanding_section


@pytest.fixture
def dataset() -> Dataset:
    frame = pd.DataFrame(
        {
            "Contract": ["Month-to-month", "Month-to-month", "Two year", None],
            "tenure": pd.array([1, 1, 3, None], dtype="Int64"),
            "MonthlyCharges": pd.array([20.0, 20.0, 30.0, 50.0], dtype="Float64"),
        }
    )
    signature = signature_of("churn_v1", list(frame))
    keys = pd.DataFrame({"customerID": list("abcd"), "event_timestamp": pd.Timestamp("2026-01-01", tz="UTC")})
    churned = np.array([1, 0, 0, 1])
    return Dataset(keys, frame[list(signature.names)], churned, signature, {}, (), "a" * 64)


def test_the_description_by_hand(dataset):
    section = understanding_section(dataset, seed=1)
    assert (section["rows"], section["customers"], section["churned"], section["churn_rate"]) == (
        4,
        4,
        2,
        0.5,
    )
    assert section["duplicates"] == {"repeated_keys": 0, "equal_rows": 1}
    columns = {column["name"]: column for column in section["columns"]}
    tenure = columns["tenure"]
    assert (tenure["missing"], tenure["distinct"], tenure["min"], tenure["max"]) == (1, 2, 1, 3)
    assert tenure["median"] == 1
    assert tenure["mean"] == pytest.approx(5 / 3)
    assert tenure["skew"] == pytest.approx(pd.Series([1, 1, 3]).skew())
    assert tenure["churn_correlation"] == pytest.approx(np.corrcoef([1, 1, 3], [1, 0, 0])[0, 1])
    contract = columns["Contract"]
    assert contract["missing"] == 1
    assert contract["categories"][0] == {"value": "Month-to-month", "rows": 2, "churn_rate": 0.5}
    assert {"value": "missing", "rows": 1, "churn_rate": 1.0} in contract["categories"]
    histogram = section["histograms"]["MonthlyCharges"]
    assert sum(histogram["stayed"]) + sum(histogram["churned"]) == 4
    assert len(histogram["edges"]) == len(histogram["stayed"]) + 1
    names = section["correlations"]["names"]
    pearson = np.array(section["correlations"]["pearson"], dtype=float)
    assert names[-1] == "churned"
    assert pearson[names.index("tenure"), names.index("MonthlyCharges")] == pytest.approx(1.0)
    assert section["pairs"]["names"] == ["tenure", "MonthlyCharges"]
    assert sorted(section["pairs"]["churned"]) == [[1, 20]]
    json.dumps(section, allow_nan=False)


def test_cramers_v():
    assert cramers_v(np.array(list("aabb")), np.array([1, 1, 0, 0])) == pytest.approx(1.0)
    assert cramers_v(np.array(list("abab")), np.array([1, 1, 0, 0])) == pytest.approx(0.0)
    assert cramers_v(np.array(list("aaaa")), np.array([1, 1, 0, 0])) is None

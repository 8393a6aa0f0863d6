from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from shipped_settings import default_settings

from serving.model.customers import Customers
from serving.model.signature import signature_of
from training.dataset.point_in_time import Dataset
from training.dataset.split import Fold, Splits, split_rows
from training.errors import RunError
from training.modelling.arms import Arm, cross_validate
from training.modelling.out_of_fold import out_of_fold_table, read_results

PROFIT = default_settings().profit


@pytest.fixture
def ten_rows():
    """Rows 8 and 9 are untouched; 0, 2, 4, 6 are one fold's test rows and 1, 3, 5, 7 the other's."""
    churned = np.array([1, 1, 0, 0, 1, 0, 0, 1, 1, 0])
    features = pd.DataFrame({"tenure": pd.array(range(10), dtype="Int64")})
    keys = pd.DataFrame({"customerID": [f"c{number}" for number in range(10)]})
    dataset = Dataset(keys, features, churned, signature_of("churn_v1", ["tenure"]), {}, (), "f" * 64)
    even, odd = np.array([0, 2, 4, 6]), np.array([1, 3, 5, 7])
    splits = Splits(
        Fold(np.arange(8), np.array([8, 9])),
        (Fold(odd, even), Fold(even, odd)),
        [],
        Customers.of(0, 0.2, [], []),
    )
    return dataset, splits


def scores(**changed):
    columns = {"row": range(8), "none+xgboost": [0.9, 0.4, 0.6, 0.1, 0.3, 0.2, 0.1, 0.1]}
    return pd.DataFrame(columns | changed)


def test_results_are_rebuilt_by_hand(ten_rows):
    [result] = read_results(scores(), *ten_rows, PROFIT)
    assert result.arm == Arm("none", "xgboost")
    first, second = result.folds
    # Rows 0, 2, 4, 6 are labelled 1, 0, 1, 0 and scored 0.9, 0.6, 0.3, 0.1: of the four pairs only (4, 2)
    # is the wrong way round, and row 2 is the one wrong contact, row 4 the one missed.
    assert first["auc"] == pytest.approx(3 / 4)
    assert (first["precision"], first["recall"], first["accuracy"]) == (0.5, 0.5, 0.5)
    assert first["brier"] == pytest.approx((0.01 + 0.36 + 0.49 + 0.01) / 4)
    # Contacting all but the last pays from gamma = 12 / 190 on, which is nearly always: 56 twice, less 11
    # once.
    assert first["empc"] == pytest.approx((56 + 56 - 11) / 4, abs=0.01)
    # Rows 1, 3, 5, 7 are labelled 1, 0, 0, 1 and scored 0.4, 0.1, 0.2, 0.1: row 7 ties with 3 and is below 5.
    assert second["auc"] == pytest.approx(2.5 / 4)
    assert (second["precision"], second["recall"]) == (0.0, 0.0)


def test_the_order_of_the_table_does_not_matter(ten_rows):
    [straight] = read_results(scores(), *ten_rows, PROFIT)
    [shuffled] = read_results(scores().iloc[[3, 1, 7, 0, 6, 2, 5, 4]], *ten_rows, PROFIT)
    assert np.array_equal(straight.raw, shuffled.raw)
    assert np.array_equal(straight.calibrated, shuffled.calibrated)
    assert straight.folds == shuffled.folds


def test_a_run_comes_back_as_it_was(quick_dataset, quick_settings):
    names = quick_dataset.keys["customerID"].tolist()
    splits = split_rows(names, quick_dataset.churned, quick_settings.split, 42)
    settings = quick_settings.model_copy(update={"samplers": ("none", "smote")})
    results = cross_validate(quick_dataset, splits.folds, settings)
    again = read_results(out_of_fold_table(results, splits), quick_dataset, splits, quick_settings.profit)
    assert len(again) == len(results) == 9
    for one, other in zip(results, again, strict=True):
        assert one.arm == other.arm
        assert one.folds == other.folds
        assert np.array_equal(one.calibrated, other.calibrated)
    assert Arm("smote", "lightgbm") in [result.arm for result in again]
    assert Arm("adasyn", "lightgbm") not in [result.arm for result in again]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (scores().iloc[:7], "scores of 7 rows that are not the 8"),
        (scores(row=range(2, 10)), "other data or another split"),
        (scores(odd=0.5), "'odd' of the out-of-fold scores is not an arm"),
        (scores(**{"smote+lightgbm": [np.nan] + [0.5] * 7}), r"1 out-of-fold scores of smote\+lightgbm"),
    ],
)
def test_a_table_of_something_else_is_refused(ten_rows, table, message):
    with pytest.raises(RunError, match=message):
        read_results(table, *ten_rows, PROFIT)

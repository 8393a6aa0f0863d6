from __future__ import annotations

import numpy as np
import pytest

from training.dataset.split import Fold, split_rows
from training.errors import CohortError
from training.evaluation.learning_curve import learning_curve, nested_share
from training.metrics.metrics import score_metrics
from training.modelling.arms import Arm, encode_fold, fit_arm, training_part
from training.settings.settings import Settings


def test_shares_are_nested_and_keep_every_row_of_a_customer():
    customers = np.array(["a", "a", "b", "c", "c", "d", "x"])
    fold = Fold(np.arange(6), np.array([6]))
    half = nested_share(fold, customers, 0.5, seed=1)
    most = nested_share(fold, customers, 0.75, seed=1)
    assert len(set(customers[half.train])) == 2
    assert len(set(customers[most.train])) == 3
    assert set(half.train) < set(most.train)
    for name in set(customers[half.train]):
        assert (customers[half.train] == name).sum() == (customers == name).sum()
    assert half.test.tolist() == [6]


def test_the_whole_share_is_the_arm_of_the_cross_validation(quick_dataset, quick_settings):
    dataset = quick_dataset
    splits = split_rows(dataset.keys["customerID"].tolist(), dataset.churned, quick_settings.split, 42)
    arm = Arm("smote", "lightgbm")
    done: list[str] = []
    curve = learning_curve(arm, dataset, splits.folds, with_shares(quick_settings, 0.5, 1.0), done.append)
    assert len(done) == 2 * 3
    assert [point["share"] for point in curve["points"]] == [0.5, 1.0]
    assert curve["points"][0]["customers"] == pytest.approx(curve["points"][1]["customers"] / 2, abs=1)
    aucs = []
    for fold in splits.folds:
        encoded = encode_fold(dataset, fold)
        estimator = fit_arm(arm, training_part("smote", encoded, quick_settings), quick_settings)
        aucs.append(score_metrics(dataset.churned[fold.test], encoded.predict_test(estimator))["auc"])
    whole = curve["points"][1]["metrics"]["auc"]
    assert whole == {"mean": pytest.approx(np.mean(aucs)), "std": pytest.approx(np.std(aucs, ddof=1))}


def test_a_share_of_one_class_is_refused(quick_dataset, quick_settings):
    fold = Fold(np.flatnonzero(quick_dataset.churned == 0)[:50], np.arange(200, 300))
    with pytest.raises(CohortError, match="one class; raise evaluation.learning_shares"):
        learning_curve(Arm("none", "lightgbm"), quick_dataset, [fold], with_shares(quick_settings, 0.5, 1.0))


def with_shares(settings: Settings, *shares: float) -> Settings:
    evaluation = settings.evaluation.model_copy(update={"learning_shares": shares})
    return settings.model_copy(update={"evaluation": evaluation})

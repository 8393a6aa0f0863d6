from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.dataset.split import Fold, split_rows
from training.errors import LeakError
from training.metrics.metrics import score_metrics
from training.modelling.arms import Arm, encode_fold, fit_arm, training_part
from training.modelling.calibrate import fit_calibrator
from training.tuning import objective as objective_module
from training.tuning.objective import Objective, SearchPart, refuse_untouched, score, search_folds

LOGISTIC, SMOTE = Arm("none", "logistic_regression"), Arm("smote", "lightgbm")


@pytest.fixture(scope="module")
def part(quick_dataset, splits, tuning_settings):
    folds = search_folds(quick_dataset, splits, tuning_settings)
    return SearchPart(quick_dataset, splits, folds, tuning_settings)


@given(seed=st.integers(0, 1000), repeats=st.integers(1, 3))
@settings(max_examples=15)
def test_the_search_sees_the_training_part_and_nothing_else(quick_dataset, tuning_settings, seed, repeats):
    # Two cohorts of every customer: one half of the rows are the other half's customers.
    both = pd.concat([quick_dataset.keys.iloc[:150]] * 2, ignore_index=True)
    dataset = replace(quick_dataset, keys=both)
    tuning = tuning_settings.tuning.model_copy(update={"repeats": repeats})
    wanted = tuning_settings.model_copy(update={"seed": seed, "tuning": tuning})
    run = split_rows(both["customerID"].tolist(), dataset.churned, wanted.split, seed)
    folds = search_folds(dataset, run, wanted)
    assert len(folds) == 3 * repeats
    refuse_untouched(folds, run.holdout.test, both["customerID"].to_numpy())
    for number in range(repeats):
        cut = folds[3 * number : 3 * number + 3]
        assert np.array_equal(np.sort(np.concatenate([fold.test for fold in cut])), run.holdout.train)
    for fold in folds:
        assert not set(both["customerID"].iloc[fold.train]) & set(both["customerID"].iloc[fold.test])


def test_the_search_s_folds_are_not_the_run_s(quick_dataset, splits, tuning_settings):
    found = search_folds(quick_dataset, splits, tuning_settings)
    own = {tuple(fold.test) for fold in splits.folds}
    assert not own & {tuple(fold.test) for fold in found}


@pytest.mark.parametrize("side", ["train", "test"])
def test_an_untouched_row_in_a_fold_is_refused(quick_dataset, splits, tuning_settings, side):
    folds = search_folds(quick_dataset, splits, tuning_settings)
    leaking = replace(folds[1], **{side: np.append(getattr(folds[1], side), splits.holdout.test[3])})
    with pytest.raises(LeakError, match="fold 2 of the search uses 1 rows of customers of the untouched"):
        SearchPart(quick_dataset, splits, [folds[0], leaking], tuning_settings)


def test_another_row_of_an_untouched_customer_is_refused():
    customers = np.array(["a", "b", "c", "a"])
    with pytest.raises(LeakError, match="first: row 3"):
        refuse_untouched([Fold(np.array([1]), np.array([2, 3]))], np.array([0]), customers)
    refuse_untouched([Fold(np.array([1]), np.array([2]))], np.array([0, 3]), customers)


def test_a_fold_s_score_is_that_of_its_arm_fitted_by_hand(quick_dataset, part, tuning_settings):
    parameters = {"C": 3.0, "max_iter": 500}
    wanted = tuning_settings.model_copy(update={"classifiers": {"logistic_regression": parameters}})
    found = list(Objective(LOGISTIC, part, tuning_settings).scores(parameters))
    by_hand = []
    for fold in part.folds:
        encoded = encode_fold(quick_dataset, fold.fold)
        estimator = fit_arm(LOGISTIC, training_part("none", encoded, wanted), wanted)
        raw = encoded.predict_test(estimator)
        by_hand.append(score_metrics(quick_dataset.churned[fold.fold.test], raw)["average_precision"])
    assert found == pytest.approx(by_hand)


def test_scores_do_not_depend_on_threads(part, tuning_settings):
    side_by_side = tuning_settings.model_copy(update={"threads": 3})
    parameters = tuning_settings.classifiers["lightgbm"]
    one = list(Objective(SMOTE, part, tuning_settings).scores(parameters))
    assert one == list(Objective(SMOTE, part, side_by_side).scores(parameters))


def test_rows_are_resampled_once_per_fold_and_sampler(quick_dataset, splits, tuning_settings, monkeypatch):
    resampled = []

    def counted(sampler, encoded, wanted):
        resampled.append(sampler)
        return training_part(sampler, encoded, wanted)

    monkeypatch.setattr(objective_module, "training_part", counted)
    folds = search_folds(quick_dataset, splits, tuning_settings)
    part = SearchPart(quick_dataset, splits, folds, tuning_settings)
    for arm in (SMOTE, Arm("smote", "extra_trees")):
        objective = Objective(arm, part, tuning_settings)
        for _ in range(2):
            assert len(list(objective.scores(tuning_settings.classifiers[arm.classifier]))) == 3
    assert resampled == ["smote"] * 3


def test_a_judged_row_that_was_changed_is_refused(quick_dataset, splits, tuning_settings):
    folds = search_folds(quick_dataset, splits, tuning_settings)
    part = SearchPart(quick_dataset, splits, folds, tuning_settings)
    part.folds[0].matrix[folds[0].test[0], 0] += 1
    with pytest.raises(LeakError, match="not the"):
        list(Objective(LOGISTIC, part, tuning_settings).scores({"C": 1.0}))


def test_brier_is_judged_after_calibration():
    random = np.random.default_rng(3)
    churned = (random.random(400) < 0.3).astype("int64")
    raw = np.clip(0.5 + 0.2 * churned + random.normal(0, 0.1, 400), 0.01, 0.99)
    calibrated = fit_calibrator(raw, churned).apply(raw)
    assert score("brier_calibrated", churned, raw) == pytest.approx(np.mean((calibrated - churned) ** 2))
    assert score("brier_calibrated", churned, raw) < score("brier", churned, raw)

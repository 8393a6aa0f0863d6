from __future__ import annotations

import numpy as np
import pytest

from training.dataset.point_in_time import Dataset
from training.dataset.split import Fold, split_rows
from training.errors import ArmError, LeakError
from training.metrics.metrics import METRICS, score_metrics
from training.modelling import arms as arms_module
from training.modelling.arms import (
    FOLD_METRICS,
    Arm,
    LeftOut,
    arms_of,
    arms_table,
    cross_validate,
    encode_fold,
)
from training.modelling.champion import fit_champion, rank


@pytest.fixture(scope="module")
def dataset(quick_dataset: Dataset) -> Dataset:
    return quick_dataset


@pytest.fixture(scope="module")
def splits(dataset, quick_settings):
    return split_rows(dataset.keys["customerID"].tolist(), dataset.churned, quick_settings.split, 42)


@pytest.fixture(scope="module")
def results(dataset, splits, quick_settings):
    return cross_validate(dataset, splits.folds, quick_settings)


def test_seventeen_arms(quick_settings):
    names = [arm.name for arm in arms_of(quick_settings)]
    assert len(names) == len(set(names)) == 17
    assert "smoteenn+random_forest" in names
    assert [name for name in names if "logistic" in name] == ["none+logistic_regression"]


def test_every_arm_is_judged_on_every_fold_with_every_metric(dataset, splits, quick_settings):
    done: list[str] = []
    results = cross_validate(dataset, splits.folds, quick_settings, done.append)
    assert len(results) == 17
    assert len(done) == 17 * 3
    for result in results:
        assert len(result.folds) == 3
        assert set(result.folds[0]) == set(FOLD_METRICS)
        assert np.isfinite(result.raw).all()
        assert len(result.raw) == len(splits.holdout.train)
    table = arms_table(results)
    assert table.shape == (17, 2 + 2 * len(FOLD_METRICS))
    assert table["auc"].between(0.6, 0.95).all()


def test_fold_metrics_are_those_of_the_raw_scores(dataset, splits, results):
    result = results[0]
    rows = splits.holdout.train
    first = np.searchsorted(rows, splits.folds[0].test)
    expected = score_metrics(dataset.churned[splits.folds[0].test], result.raw[first])
    assert {name: result.folds[0][name] for name in METRICS} == expected


def test_each_sampler_runs_once_a_fold_not_once_a_classifier(dataset, splits, quick_settings, monkeypatch):
    calls: list[str] = []
    real = arms_module.resample

    def counted(name, *arguments):
        calls.append(name)
        return real(name, *arguments)

    monkeypatch.setattr(arms_module, "resample", counted)
    cross_validate(dataset, splits.folds, quick_settings)
    assert sorted(calls) == sorted(["none", "smote", "adasyn", "smoteenn"] * 3)


def test_a_fold_whose_sides_overlap_fails_the_run(dataset, quick_settings):
    leaky = Fold(train=np.arange(0, 201), test=np.arange(200, 300))
    with pytest.raises(LeakError, match="first: row 200"):
        cross_validate(dataset, [leaky], quick_settings)


def test_the_encoding_of_a_fold_knows_its_training_rows_only(dataset):
    fold = Fold(train=np.arange(0, 200), test=np.arange(200, 300))
    encoded = encode_fold(dataset, fold)
    known = dataset.features["tenure"].iloc[:200].dropna()
    assert encoded.encoder.fills["tenure"] == known.median()


def test_two_runs_give_the_same_scores(dataset, splits, quick_settings, results):
    again = cross_validate(dataset, splits.folds, quick_settings)
    for one, other in zip(results, again, strict=True):
        assert np.array_equal(one.raw, other.raw), one.arm.name
        assert np.array_equal(one.calibrated, other.calibrated)


def test_the_champion_is_chosen_on_the_folds_and_judged_on_the_untouched_part(
    dataset, splits, quick_settings, results
):
    encoded = encode_fold(dataset, splits.holdout)
    champion = fit_champion(results, encoded, quick_settings)
    best = max(results, key=lambda result: np.mean([fold["average_precision"] for fold in result.folds]))
    assert champion.arm == best.arm
    assert champion.untouched["churn_rate"] == dataset.churned[splits.holdout.test].mean()
    assert champion.untouched["mean_probability"] == pytest.approx(champion.untouched["churn_rate"], abs=0.1)


def test_the_labels_of_the_untouched_part_do_not_change_the_choice(dataset, splits, quick_settings, results):
    flipped = dataset.churned.copy()
    flipped[splits.holdout.test] = 1 - flipped[splits.holdout.test]
    other = Dataset(**{**vars(dataset), "churned": flipped})
    for first, second in zip(results, cross_validate(other, splits.folds, quick_settings), strict=True):
        assert first.folds == second.folds


def test_the_best_has_the_highest_and_of_brier_the_lowest(dataset, splits, quick_settings, results):
    assert rank(results, "auc")[0].mean("auc") == max(result.mean("auc") for result in results)
    assert rank(results, "brier_calibrated")[0].mean("brier_calibrated") == min(
        result.mean("brier_calibrated") for result in results
    )


def test_calibration_brings_a_resampled_arm_back_to_the_churn_rate(dataset, splits, quick_settings, results):
    arm = next(result for result in results if result.arm == Arm("smoteenn", "random_forest"))
    rate = dataset.churned[splits.holdout.train].mean()
    assert arm.raw.mean() > rate + 0.05
    assert arm.calibrated.mean() == pytest.approx(rate, abs=0.02)
    assert arm.mean("brier_calibrated") < arm.mean("brier")


def fails_on(sampler: str, rows: set[int]):
    """A stand-in for resampling that fails for a sampler on training parts of these lengths."""
    real = arms_module.resample

    def resample(name, matrix, churned, train, *arguments):
        if name == sampler and len(train) in rows:
            raise ArmError(f"{name} cannot resample {len(train)} rows")
        return real(name, matrix, churned, train, *arguments)

    return resample


def few_arms(settings, *samplers: str):
    chosen = {"lightgbm": settings.classifiers["lightgbm"]}
    return settings.model_copy(update={"samplers": samplers, "classifiers": chosen})


def test_an_arm_that_cannot_be_fitted_on_a_fold_is_left_out_with_its_reason(
    dataset, splits, quick_settings, monkeypatch
):
    monkeypatch.setattr(
        arms_module, "resample", fails_on("smote", {len(fold.train) for fold in splits.folds})
    )
    left_out: list[LeftOut] = []
    done: list[str] = []
    wanted = few_arms(quick_settings, "none", "smote")
    results = cross_validate(dataset, splits.folds, wanted, done.append, on_left_out=left_out.append)
    assert [result.arm.name for result in results] == ["none+lightgbm"]
    [one] = left_out
    assert one.arm == Arm("smote", "lightgbm")
    assert one.reason == f"fold 1: smote cannot resample {len(splits.folds[0].train)} rows"
    assert len(done) == 2 * 3


def test_only_when_no_arm_is_left_the_run_ends_and_says_every_reason(
    dataset, splits, quick_settings, monkeypatch
):
    lengths = {len(fold.train) for fold in splits.folds}
    monkeypatch.setattr(arms_module, "resample", fails_on("smote", lengths))
    with pytest.raises(ArmError, match="no arm can be fitted: fold 1: smote cannot.*name `none` in samplers"):
        cross_validate(dataset, splits.folds, few_arms(quick_settings, "smote"))


def test_a_best_arm_that_cannot_be_fitted_on_the_training_part_gives_way_to_the_next(
    dataset, splits, quick_settings, results, monkeypatch
):
    best = rank(results, quick_settings.champion_by)[0]
    monkeypatch.setattr(arms_module, "resample", fails_on(best.arm.sampler, {len(splits.holdout.train)}))
    other = next(one for one in results if one.arm.sampler != best.arm.sampler)
    left_out: list[LeftOut] = []
    encoded = encode_fold(dataset, splits.holdout)
    champion = fit_champion([best, other], encoded, quick_settings, on_left_out=left_out.append)
    assert champion.arm == other.arm
    assert [one.arm for one in left_out] == [best.arm]
    assert left_out[0].reason.startswith("training part: ")
    with pytest.raises(ArmError, match="no arm can be fitted: training part"):
        fit_champion([best], encoded, quick_settings)

from __future__ import annotations

import numpy as np
import pytest

from serving.model.classifier import wrap
from serving.model.model_format import ChurnModel
from training.dataset.split import split_rows
from training.evaluation.judged import judge, out_of_fold, refit
from training.evaluation.metrics import score_metrics
from training.evaluation.profit import customer_value
from training.modelling.arms import cross_validate, encode_fold
from training.modelling.champion import fit_champion, rank
from training.segments.segmentation import fit_segments


@pytest.fixture(scope="module")
def finished(quick_dataset, quick_settings):
    """A run of two arms with its champion in serving's format, not registered."""
    chosen = {name: quick_settings.classifiers[name] for name in ("lightgbm", "logistic_regression")}
    settings = quick_settings.model_copy(update={"samplers": ("none",), "classifiers": chosen})
    customers = quick_dataset.keys["customerID"].tolist()
    splits = split_rows(customers, quick_dataset.churned, settings.split, settings.seed)
    results = cross_validate(quick_dataset, splits.folds, settings)
    encoded = encode_fold(quick_dataset, splits.holdout)
    champion = fit_champion(results, encoded, settings)
    train = splits.holdout.train
    segmentation = fit_segments(
        quick_dataset.features.iloc[train],
        quick_dataset.churned[train],
        encoded.encoder,
        settings.segments,
        settings.seed,
    )
    model = ChurnModel(
        signature=quick_dataset.signature,
        encoder=encoded.encoder,
        classifier=wrap(champion.estimator),
        calibrator=champion.calibrator,
        segments=segmentation.segments,
    )
    return champion, judge(results, model, quick_dataset, splits, settings)


def test_the_registered_model_is_judged_as_the_run_judged_it(finished):
    champion, judged = finished
    assert judged.champion == champion.arm
    untouched = score_metrics(judged.untouched.churned, judged.untouched.probability)
    assert untouched == pytest.approx({name: champion.untouched[name] for name in untouched})


def test_no_customer_is_on_both_sides_and_every_row_is_on_one(finished, quick_dataset):
    _, judged = finished
    validation, untouched = set(judged.cross_validation.customers), set(judged.untouched.customers)
    assert not validation & untouched
    assert len(judged.cross_validation) + len(judged.untouched) == len(quick_dataset)


def test_fitting_the_champion_again_gives_the_registered_model(finished):
    _, judged = finished
    again = refit(judged.results[0], judged)
    assert again.raw == pytest.approx(judged.untouched.raw, abs=1e-6)
    assert again.probability == pytest.approx(judged.untouched.probability, abs=1e-6)
    assert np.array_equal(again.customers, judged.untouched.customers)


def test_out_of_fold_rows_carry_the_scores_and_values_of_their_own_customers(finished, quick_dataset):
    _, judged = finished
    value = customer_value(quick_dataset.features, judged.settings.profit)
    runner_up = out_of_fold(judged.results[1], quick_dataset, judged.splits, value)
    assert np.array_equal(runner_up.raw, judged.results[1].raw)
    row = quick_dataset.keys.index[quick_dataset.keys["customerID"] == runner_up.customers[7]][0]
    assert runner_up.value[7] == value[row]
    assert runner_up.churned[7] == quick_dataset.churned[row]
    assert [result.arm for result in judged.results] == [
        result.arm for result in rank(judged.results, judged.settings.champion_by)
    ]

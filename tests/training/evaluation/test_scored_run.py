from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from serving.model.survival import Survival
from training.evaluation.scored_run import score_out_of_fold, score_run, score_untouched
from training.metrics.metrics import score_metrics
from training.metrics.profit import customer_value
from training.modelling.champion import rank


def test_the_registered_model_is_judged_as_the_run_judged_it(finished):
    champion, run = finished
    assert run.champion == champion.arm
    untouched = score_metrics(run.untouched.churned, run.untouched.probability)
    assert untouched == pytest.approx({name: champion.untouched[name] for name in untouched})


def test_values_come_from_the_survival_model_where_there_is_one(finished, quick_dataset):
    _, run = finished
    assert not run.value_measured
    assert run.valued_settings is run.settings
    flat = Survival((0.0, 1.0), ((-2.0, 1.0),), 0.0, 4, 0.35, 0.12, 24)
    again = score_run(run.results, replace(run.model, survival=flat), quick_dataset, run.splits, run.settings)
    assert again.value_measured
    charges = quick_dataset.features["MonthlyCharges"].to_numpy("float64")
    for scored, rows in (
        (again.cross_validation, run.splits.holdout.train),
        (again.untouched, run.splits.holdout.test),
    ):
        # Out of fold for the training part: the probabilities are those that the rows are scored by.
        assert scored.value == pytest.approx(flat.value(scored.probability, charges[rows]))
    mean = again.cross_validation.value.mean()
    assert again.valued_settings.profit.customer_value == pytest.approx(mean)
    assert again.settings == run.settings


def test_no_customer_is_on_both_sides_and_every_row_is_on_one(finished, quick_dataset):
    _, run = finished
    validation, untouched = set(run.cross_validation.customers), set(run.untouched.customers)
    assert not validation & untouched
    assert len(run.cross_validation) + len(run.untouched) == len(quick_dataset)


def test_fitting_the_champion_again_gives_the_registered_model(finished):
    _, run = finished
    value = run.untouched.value
    again = score_untouched(run.results[0], run.dataset, run.splits, run.settings, value)
    assert again.raw == pytest.approx(run.untouched.raw, abs=1e-6)
    assert again.probability == pytest.approx(run.untouched.probability, abs=1e-6)
    assert np.array_equal(again.customers, run.untouched.customers)


def test_out_of_fold_rows_carry_the_scores_and_values_of_their_own_customers(finished, quick_dataset):
    _, run = finished
    value = customer_value(quick_dataset, run.settings.profit)[run.splits.holdout.train]
    assert np.array_equal(run.cross_validation.value, value)
    runner_up = score_out_of_fold(run.results[1], quick_dataset, run.splits, value)
    assert np.array_equal(runner_up.raw, run.results[1].raw)
    row = quick_dataset.keys.index[quick_dataset.keys["customerID"] == runner_up.customers[7]][0]
    assert runner_up.value[7] == value[7] == customer_value(quick_dataset, run.settings.profit)[row]
    assert runner_up.churned[7] == quick_dataset.churned[row]
    assert [result.arm for result in run.results] == [
        result.arm for result in rank(run.results, run.settings.champion_by)
    ]

from __future__ import annotations

import numpy as np
import pytest

from training.evaluation.judged import out_of_fold, refit
from training.metrics.metrics import score_metrics
from training.metrics.profit import customer_value
from training.modelling.champion import rank


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

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as sk

from training.metrics.weighted_metrics import (
    Ranking,
    bin_of,
    confusion_metrics,
    probability_metrics,
    rank_metrics,
)


@st.composite
def weighted_rows(draw):
    """Labels of both kinds, scores with ties, and two sets of weights, some of them zero."""
    n = draw(st.integers(4, 40))
    churned = np.array(draw(st.lists(st.integers(0, 1), min_size=n, max_size=n)))
    churned[:2] = [0, 1]
    score = np.array(draw(st.lists(st.integers(0, 20), min_size=n, max_size=n))) / 20
    weights = np.array(
        draw(st.lists(st.lists(st.integers(0, 4), min_size=n, max_size=n), min_size=2, max_size=2))
    )
    weights[:, :2] += 1
    return churned, score, weights.astype("float64")


@given(weighted_rows())
def test_ranks_as_scikit_learn(rows):
    churned, score, weights = rows
    found = rank_metrics(Ranking.of(churned, score), weights)
    for number, weight in enumerate(weights):
        assert found["auc"][number] == pytest.approx(sk.roc_auc_score(churned, score, sample_weight=weight))
        assert found["average_precision"][number] == pytest.approx(
            sk.average_precision_score(churned, score, sample_weight=weight)
        )


@given(weighted_rows())
def test_probabilities_as_scikit_learn(rows):
    churned, score, weights = rows
    found = probability_metrics(churned, score, weights)
    for number, weight in enumerate(weights):
        assert found["brier"][number] == pytest.approx(
            sk.brier_score_loss(churned, score, sample_weight=weight)
        )
        assert found["log_loss"][number] == pytest.approx(
            sk.log_loss(churned, score, sample_weight=weight), rel=1e-6
        )


@given(weighted_rows())
def test_confusion_as_scikit_learn(rows):
    churned, score, weights = rows
    contacted = score >= 0.5
    found = confusion_metrics(churned, contacted, weights)
    for number, weight in enumerate(weights):
        assert found["accuracy"][number] == pytest.approx(
            sk.accuracy_score(churned, contacted, sample_weight=weight)
        )
        assert found["recall"][number] == pytest.approx(
            sk.recall_score(churned, contacted, sample_weight=weight)
        )
        assert found["contact_share"][number] == pytest.approx(weight[contacted].sum() / weight.sum())
        assert found["f1"][number] == pytest.approx(sk.f1_score(churned, contacted, sample_weight=weight))
        assert found["kappa"][number] == pytest.approx(
            sk.cohen_kappa_score(churned, contacted, sample_weight=weight)
        )
        assert found["mcc"][number] == pytest.approx(
            sk.matthews_corrcoef(churned, contacted, sample_weight=weight)
        )
        if weight[contacted].sum() > 0:
            assert found["precision"][number] == pytest.approx(
                sk.precision_score(churned, contacted, sample_weight=weight)
            )
        else:
            assert np.isnan(found["precision"][number])


def test_what_nobody_or_everybody_did_has_no_figure_and_no_warning():
    # All three left, and nobody was contacted; then nobody left, and all were contacted.
    ones = np.ones((1, 3))
    none, every = (confusion_metrics(np.full(3, 1 - each), np.full(3, each), ones) for each in (0, 1))
    assert np.isnan([none["precision"][0], every["recall"][0]]).all()
    assert (none["recall"][0], every["precision"][0]) == (0, 0)
    for figures in (none, every):
        assert (figures["mcc"][0], figures["kappa"][0], figures["accuracy"][0]) == (0, 0, 0)
    alike = rank_metrics(Ranking.of(np.ones(3), np.array([0.3, 0.2, 0.1])), ones)
    assert np.isnan(alike["auc"][0])
    nobody = rank_metrics(Ranking.of(np.zeros(3), np.array([0.3, 0.2, 0.1])), ones)
    assert np.isnan([nobody[name][0] for name in ("auc", "average_precision", "lift_top_decile")]).all()


def test_certainty_that_is_wrong_has_a_finite_surprise():
    # ln of the smallest step above 1, the clip on either side.
    found = probability_metrics(np.array([1, 0]), np.array([0.0, 1.0]), np.ones((1, 2)))
    assert found["log_loss"][0] == pytest.approx(52 * np.log(2))
    right = probability_metrics(np.array([0, 1]), np.array([0.0, 1.0]), np.ones((1, 2)))
    assert right["log_loss"][0] == pytest.approx(2.0**-52)


def test_a_weight_is_how_often_a_row_counts():
    churned = np.array([1, 0, 1, 0, 0])
    score = np.array([0.9, 0.8, 0.4, 0.4, 0.1])
    draws = [[2, 1, 0, 3, 1], [1, 1, 2, 0, 3]]
    weighted = rank_metrics(Ranking.of(churned, score), np.array(draws, dtype=float))
    for number, counts in enumerate(draws):
        rows = np.repeat(np.arange(5), counts)
        repeated = rank_metrics(Ranking.of(churned[rows], score[rows]), np.ones((1, len(rows))))
        for name, value in repeated.items():
            assert weighted[name][number] == pytest.approx(value[0])


def test_lift_by_hand():
    # Twenty rows, five churners; the two with the highest scores are one churner and one who stayed.
    churned = np.zeros(20)
    churned[[0, 5, 6, 7, 8]] = 1
    score = np.linspace(1, 0, 20)
    lift = rank_metrics(Ranking.of(churned, score), np.ones((1, 20)))["lift_top_decile"]
    assert lift[0] == pytest.approx((1 / 2) / (5 / 20))
    # With all scores equal the top tenth is like everybody.
    flat = rank_metrics(Ranking.of(churned, np.full(20, 0.3)), np.ones((1, 20)))["lift_top_decile"]
    assert flat[0] == pytest.approx(1.0)


def test_calibration_error_by_hand():
    # Two bins: 0.15 said of four of whom two left, 0.95 said of one who left; the error is their weighted
    # mean.
    churned = np.array([1, 1, 0, 0, 1])
    probability = np.array([0.15, 0.15, 0.15, 0.15, 0.95])
    weights = np.array([[1.0, 1, 1, 1, 1], [0, 0, 0, 0, 3]])
    found = probability_metrics(churned, probability, weights)
    assert found["ece"] == pytest.approx([4 / 5 * 0.35 + 1 / 5 * 0.05, 0.05])
    assert found["brier"] == pytest.approx([(2 * 0.85**2 + 2 * 0.15**2 + 0.05**2) / 5, 0.05**2])
    certain = probability_metrics(np.array([1, 0]), np.array([1.0, 0.0]), np.ones((1, 2)))
    assert certain["ece"][0] == 0.0


def test_a_bin_begins_at_its_tenth_and_ends_before_the_next():
    probability = np.array([0.0, 0.04, 0.06, 0.1, 0.17, 0.2, 0.49, 0.5, 0.96, 1.0])
    assert bin_of(probability).tolist() == [0, 0, 0, 1, 1, 2, 4, 5, 9, 9]


def test_calibration_error_of_bins_with_several_probabilities_by_hand():
    # 0.12 and 0.17 share a bin in which nobody left, 0.22 and 0.29 one in which half did. Rounded to tenths,
    # 0.17 and 0.22 would share one.
    churned, probability = np.array([0, 0, 1, 0]), np.array([0.12, 0.17, 0.22, 0.29])
    found = probability_metrics(churned, probability, np.ones((1, 4)))["ece"]
    assert found[0] == pytest.approx((0.12 + 0.17) / 4 + (1 - 0.22 - 0.29) / 4)

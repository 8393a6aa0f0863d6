from __future__ import annotations

import numpy as np
import pytest

from serving.card.metric_direction import LOWER_IS_BETTER
from training.metrics.metrics import METRICS, score_metrics
from training.metrics.weighted_metrics import probability_metrics


def test_metrics_of_eight_customers_worked_out_by_hand():
    # At 0.5: 3 true positives, 1 false positive, 1 false negative, 3 true negatives.
    churned = np.array([1, 1, 1, 1, 0, 0, 0, 0])
    probability = np.array([0.9, 0.8, 0.5, 0.2, 0.6, 0.3, 0.1, 0.1])
    metrics = score_metrics(churned, probability)
    assert metrics["accuracy"] == pytest.approx(6 / 8)
    assert metrics["precision"] == pytest.approx(3 / 4)
    assert metrics["recall"] == pytest.approx(3 / 4)
    assert metrics["f1"] == pytest.approx(3 / 4)
    # Pairs in the right order: 4 + 4 + 3 + 2 of 16.
    assert metrics["auc"] == pytest.approx(13 / 16)
    # Precision at each churner from the top: 1/1, 2/2, 3/4, 4/6.
    assert metrics["average_precision"] == pytest.approx((1 + 1 + 3 / 4 + 4 / 6) / 4)
    # Agreement 6/8, by chance 1/2.
    assert metrics["kappa"] == pytest.approx((6 / 8 - 1 / 2) / (1 - 1 / 2))
    assert metrics["mcc"] == pytest.approx((3 * 3 - 1 * 1) / np.sqrt(4 * 4 * 4 * 4))
    errors = np.array([0.1, 0.2, 0.5, 0.8, 0.6, 0.3, 0.1, 0.1])
    assert metrics["brier"] == pytest.approx((errors**2).mean())
    # Only 0.1 and 0.1 share a bin, and both stayed: every row's own error counts.
    assert metrics["ece"] == pytest.approx(errors.mean())
    assert tuple(metrics) == METRICS


def test_whoever_is_at_another_threshold_is_predicted_to_churn():
    metrics = score_metrics(np.array([1, 0, 1, 0]), np.array([0.9, 0.6, 0.3, 0.2]), threshold=0.3)
    assert (metrics["recall"], metrics["precision"]) == (1.0, pytest.approx(2 / 3))


def test_nobody_predicted_to_churn_has_precision_zero():
    assert score_metrics(np.array([0, 1]), np.array([0.1, 0.2]))["precision"] == 0.0


def test_a_better_classifier_is_lower_in_those_metrics_alone_of_which_lower_is_better():
    churned = np.array([1, 1, 1, 0, 0, 0])
    good, poor = np.array([0.9, 0.9, 0.9, 0.1, 0.1, 0.1]), np.array([0.6, 0.4, 0.3, 0.7, 0.4, 0.2])
    figures = [
        score_metrics(churned, probability)
        | {
            "log_loss": float(probability_metrics(churned, probability, np.ones((1, 6)))["log_loss"][0]),
            # The Brier score again, of other probabilities.
            "brier_calibrated": score_metrics(churned, probability)["brier"],
        }
        for probability in (good, poor)
    ]
    assert {name for name in figures[0] if figures[0][name] < figures[1][name]} == LOWER_IS_BETTER
    assert all(figures[0][name] != figures[1][name] for name in figures[0])

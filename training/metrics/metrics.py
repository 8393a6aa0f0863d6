"""Metrics of a classifier on rows whose label is known."""

from __future__ import annotations

import numpy as np
from sklearn.metrics import (
    accuracy_score,
    average_precision_score,
    brier_score_loss,
    cohen_kappa_score,
    f1_score,
    matthews_corrcoef,
    precision_score,
    recall_score,
    roc_auc_score,
)

from training.metrics.weighted_metrics import probability_metrics

METRICS = (
    "accuracy",
    "precision",
    "recall",
    "f1",
    "auc",
    "average_precision",
    "kappa",
    "mcc",
    "brier",
    "ece",
)


def score_metrics(churned: np.ndarray, probability: np.ndarray, threshold: float = 0.5) -> dict[str, float]:
    """All metrics of :data:`METRICS`.

    Parameters
    ----------
    churned : ndarray of int, (n,)
        Labels, both classes present.
    probability : ndarray of float, (n,)
        P(churn).
    threshold : float
        Rows at or above it count as predicted to churn; precision is 0 when there are none.

    Returns
    -------
    dict
        Metric names to values; ``brier`` is the mean squared error of the probability, and ``ece`` its
        expected calibration error over ten bins of equal width (of both, lower is better).
    """
    predicted = (probability >= threshold).astype("int64")
    calibration = probability_metrics(churned, probability, np.ones((1, len(churned))))
    return {
        "accuracy": float(accuracy_score(churned, predicted)),
        "precision": float(precision_score(churned, predicted, zero_division=0.0)),
        "recall": float(recall_score(churned, predicted)),
        "f1": float(f1_score(churned, predicted)),
        "auc": float(roc_auc_score(churned, probability)),
        "average_precision": float(average_precision_score(churned, probability)),
        "kappa": float(cohen_kappa_score(churned, predicted)),
        "mcc": float(matthews_corrcoef(churned, predicted)),
        "brier": float(brier_score_loss(churned, probability)),
        "ece": float(calibration["ece"][0]),
    }

"""Data of a ranking's curves: lift and gain by decile, ROC, precision-recall, reliability."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.metrics import precision_recall_curve, roc_curve

from training.metrics.scored import Scored
from training.metrics.weighted_metrics import BINS, bin_of, probability_metrics

POINTS = 200


def lift_section(scored: Scored) -> dict[str, Any]:
    """Churners by tenth of the customers, the most at risk first.

    Returns
    -------
    dict
        ``deciles``: ``[{"decile" (1 is the most at risk), "rows", "churned", "churn_rate", "lift" (over the
        overall churn rate), "gain" (share of all churners up to here), "mean_probability"}]``;
        ``gain_curve``: ``[[share contacted, share of churners reached], ...]`` from 0 to 1.
    """
    order = np.argsort(-scored.probability, kind="stable")
    churned, probability = scored.churned[order], scored.probability[order]
    reached = np.r_[0, np.cumsum(churned)] / churned.sum()
    deciles, end = [], 0
    # Of fewer than ten customers the last tenths are empty.
    tenths = [rows for rows in np.array_split(np.arange(len(order)), 10) if len(rows)]
    for number, rows in enumerate(tenths, start=1):
        end += len(rows)
        rate = float(churned[rows].mean())
        deciles.append(
            {
                "decile": number,
                "rows": len(rows),
                "churned": int(churned[rows].sum()),
                "churn_rate": rate,
                "lift": rate / float(churned.mean()),
                "gain": float(reached[end]),
                "mean_probability": float(probability[rows].mean()),
            }
        )
    at = _thinned(len(reached))
    return {
        "deciles": deciles,
        "gain_curve": [[float(count / len(order)), float(reached[count])] for count in at],
    }


def curves_section(scored: Scored) -> dict[str, Any]:
    """ROC and precision-recall curves of at most 200 points, the ends kept.

    Returns
    -------
    dict
        ``roc``: ``[[false positive rate, true positive rate], ...]``; ``precision_recall``: ``[[recall,
        precision], ...]``; ``churn_rate``: the precision of contacting everybody.
    """
    false, true, _ = roc_curve(scored.churned, scored.probability)
    precision, recall, _ = precision_recall_curve(scored.churned, scored.probability)
    return {
        "roc": [[float(false[i]), float(true[i])] for i in _thinned(len(false))],
        "precision_recall": [[float(recall[i]), float(precision[i])] for i in _thinned(len(recall))],
        "churn_rate": float(scored.churned.mean()),
    }


def reliability_section(scored: Scored) -> dict[str, Any]:
    """How far probabilities agree with churn rates, before and after calibration.

    Returns
    -------
    dict
        ``raw`` and ``calibrated``: ``{"ece", "bins": [{"low", "high", "rows", "mean_probability",
        "churn_rate"}]}`` over ten bins of equal width, those without rows left out.
    """
    return {
        "raw": _reliability(scored.churned, scored.raw),
        "calibrated": _reliability(scored.churned, scored.probability),
    }


def _reliability(churned: np.ndarray, probability: np.ndarray) -> dict[str, Any]:
    bins = bin_of(probability)
    ece = probability_metrics(churned, probability, np.ones((1, len(churned))))["ece"][0]
    return {
        "ece": float(ece),
        "bins": [
            {
                "low": number / BINS,
                "high": (number + 1) / BINS,
                "rows": int((bins == number).sum()),
                "mean_probability": float(probability[bins == number].mean()),
                "churn_rate": float(churned[bins == number].mean()),
            }
            for number in np.unique(bins).tolist()
        ],
    }


def _thinned(count: int) -> np.ndarray:
    return np.unique(np.linspace(0, count - 1, min(count, POINTS)).round().astype("int64"))

"""Whether the champion's errors are alike in all groups: error rates, calibration and contacts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from training.metrics.bootstrap import Interval, interval, weight_chunks
from training.metrics.scored import Scored
from training.metrics.weighted_metrics import Ranking, rank_metrics

FIGURES = (
    "contact_share",
    "false_positive_rate",
    "false_negative_rate",
    "precision",
    "calibration_gap",
    "auc",
)
FEWEST = 30
"""Rows below which a group's figures would be noise."""


def fairness_section(
    scored: Scored,
    features: pd.DataFrame,
    attributes: Sequence[str],
    threshold: float | None,
    draws: int,
    seed: int,
) -> dict[str, Any]:
    """Figures of every group of every attribute, and how far its groups lie apart.

    Parameters
    ----------
    scored : Scored, n rows
    features : DataFrame, (n, m)
        Features of the same rows.
    attributes : sequence of str
        Those that are not among the features are named in ``absent``.
    threshold : float or None
        Who is contacted.
    draws, seed : int

    Returns
    -------
    dict
        ``threshold``; ``absent``: attributes without a feature; ``attributes``: ``{name: {"groups": {group:
        {"rows", "churned", "churn_rate", "contact_share", "false_positive_rate", "false_negative_rate",
        "precision", "calibration_gap", "auc"}}, "differences": {figure: INTERVAL}, "left_out": {group:
        why}}}``. Figures are INTERVALs: contact share among all of the group; false positive rate, the
        contacted among those who stayed; false negative rate, those not contacted among those who churned;
        calibration gap, mean probability less churn rate. A difference is the largest less the smallest
        estimate of the groups, as the signed difference of those two groups in every draw; a figure that is
        not defined is None.
    """
    there = [name for name in attributes if name in features]
    return {
        "threshold": threshold,
        "absent": [name for name in attributes if name not in features],
        "attributes": {
            name: _attribute(scored, features[name], scored.contacted(threshold), draws, seed)
            for name in there
        },
    }


def _attribute(
    scored: Scored, column: pd.Series, contacted: np.ndarray, draws: int, seed: int
) -> dict[str, Any]:
    labels = column.astype("object").where(column.notna(), "missing").astype(str).to_numpy()
    members, left_out = {}, {}
    for label in sorted(set(labels)):
        rows = labels == label
        churned = int(scored.churned[rows].sum())
        if rows.sum() < FEWEST or churned in (0, rows.sum()):
            left_out[label] = f"{int(rows.sum())} rows, {churned} churned: too few to say anything"
        else:
            members[label] = rows
    ones = np.ones((1, len(scored)))
    found = {label: _figures(scored, contacted, rows, ones) for label, rows in members.items()}
    chunks = [
        {label: _figures(scored, contacted, rows, weights) for label, rows in members.items()}
        for weights in weight_chunks(scored.customers, draws, seed)
    ]
    drawn = {
        label: {name: np.concatenate([chunk[label][name] for chunk in chunks]) for name in FIGURES}
        for label in members
    }
    groups = {
        label: {
            "rows": int(rows.sum()),
            "churned": int(scored.churned[rows].sum()),
            "churn_rate": float(scored.churned[rows].mean()),
            **{name: interval(float(found[label][name][0]), drawn[label][name]) for name in FIGURES},
        }
        for label, rows in members.items()
    }
    differences = {name: _difference(name, found, drawn) for name in FIGURES} if len(members) > 1 else {}
    return {"groups": groups, "differences": differences, "left_out": left_out}


def _figures(
    scored: Scored, contacted: np.ndarray, rows: np.ndarray, weights: np.ndarray
) -> dict[str, np.ndarray]:
    """Figures of one group, (draws,) each."""
    weights, contacted = weights[:, rows], contacted[rows].astype("float64")
    churned, probability = scored.churned[rows].astype("float64"), scored.probability[rows]
    total, churners = weights.sum(axis=1), weights @ churned
    hit, reached = weights @ (churned * contacted), weights @ contacted
    ranking = Ranking.of(churned, probability)
    with np.errstate(invalid="ignore", divide="ignore"):
        return {
            "contact_share": reached / total,
            "false_positive_rate": (reached - hit) / (total - churners),
            "false_negative_rate": 1 - hit / churners,
            "precision": hit / reached,
            "calibration_gap": weights @ (probability - churned) / total,
            "auc": rank_metrics(ranking, weights)["auc"],
        }


def _difference(
    name: str, found: dict[str, dict[str, np.ndarray]], drawn: dict[str, dict[str, np.ndarray]]
) -> Interval:
    estimates = {label: float(figures[name][0]) for label, figures in found.items()}
    defined = {label: value for label, value in estimates.items() if np.isfinite(value)}
    if len(defined) < 2:
        return interval(None, np.empty(0))
    most, least = (
        max(defined, key=lambda label: defined[label]),
        min(defined, key=lambda label: defined[label]),
    )
    return interval(defined[most] - defined[least], drawn[most][name] - drawn[least][name])

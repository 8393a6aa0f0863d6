"""The monthly hazards, fitted on person-months."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import logit
from sklearn.linear_model import LogisticRegression

from serving.model.calibration import CLIP
from serving.model.survival import Survival, hat_weights
from training.settings.cohorts import CohortSettings
from training.settings.value import ValueSettings
from training.survival.follow_up import FollowUp

MOST_KNOTS = 5
LEAVES_A_KNOT = 30
"""Ten a number, and three numbers a knot: Peduzzi et al. (1996), Journal of Clinical Epidemiology 49."""
LEAST_LEAVES = 2 * LEAVES_A_KNOT
"""Fewest customers who left voluntarily that hazards are fitted on."""
DAYS_A_MONTH = 365.25 / 12
PENALTY = 10.0
"""scikit-learn's C: too weak to move what many leaves say, and enough where nobody left at a knot."""


@dataclass(frozen=True)
class Spans:
    """Months from an observation date to the end of the gap, and to the end of the window."""

    gap: int
    window: int

    @classmethod
    def of(cls, cohorts: CohortSettings) -> Spans:
        """Those of the settings, which count in days, to the nearest month; a window has one at least."""
        days = np.array([cohorts.gap_days, cohorts.gap_days + cohorts.horizon_days])
        gap, window = np.round(days / DAYS_A_MONTH).astype(int).tolist()
        return cls(gap, max(window, 1))


def leavers(rows: FollowUp) -> int:
    """How many customers left voluntarily. One who is followed from several dates counts once."""
    return len(np.unique(rows.customers[rows.voluntary]))


def fit_survival(rows: FollowUp, probability: np.ndarray, spans: Spans, settings: ValueSettings) -> Survival:
    """Fit a hazard that changes with the logarithm of the month, in its own way at every knot.

    The months of the gap have a level of their own: the classifier has learned who leaves after it. A row is
    in the months in which it is followed; who leaves involuntarily is not seen any longer.

    Parameters
    ----------
    rows : FollowUp
        Somebody in it left voluntarily, and somebody stayed for a month.
    probability : ndarray, (n,)
        Calibrated P(churn), by a classifier that was not fitted on these customers.
    spans : Spans
    settings : ValueSettings
    """
    knots = _knots(probability, min(MOST_KNOTS, max(2, leavers(rows) // LEAVES_A_KNOT)))
    row, month = person_months(rows)
    leaves = month == rows.left[row]
    weights = hat_weights(probability, knots)[row]
    fit = LogisticRegression(C=PENALTY, solver="newton-cholesky")
    fit.fit(_columns(weights, month, spans.gap), leaves & rows.voluntary[row])
    at_knots = np.eye(len(knots))
    table = [
        fit.decision_function(_columns(at_knots, np.full(len(knots), number), spans.gap))
        for number in range(1, int(rows.seen.max()) + 1)
    ]
    return Survival(
        knots=tuple(knots.tolist()),
        # Where chance has a hazard fall with the probability, it stays as high as at the knot before.
        hazards=tuple(tuple(np.maximum.accumulate(hazards).tolist()) for hazards in table),
        involuntary=float((leaves & ~rows.voluntary[row]).mean()),
        window=spans.window,
        **settings.model_dump(),
    )


def person_months(rows: FollowUp) -> tuple[np.ndarray, np.ndarray]:
    """Every month in which a row is followed: the row's position, and the month's number."""
    followed = rows.followed
    row = np.repeat(np.arange(len(rows)), followed)
    return row, np.arange(len(row)) - (np.cumsum(followed) - followed)[row] + 1


def _columns(weights: np.ndarray, month: np.ndarray, gap: int) -> np.ndarray:
    return np.hstack([weights, weights * np.log(month)[:, None], weights * (month <= gap)[:, None]])


def _knots(probability: np.ndarray, count: int) -> np.ndarray:
    """Quantiles of the log-odds, equally far apart in rank and without the outermost; equal ones once."""
    log_odds = logit(np.clip(probability, CLIP, 1 - CLIP))
    knots = np.unique(np.quantile(log_odds, np.linspace(0.02, 0.98, count)))
    return knots if len(knots) > 1 else knots[0] + np.array([-1.0, 1.0])

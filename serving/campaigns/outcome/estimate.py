"""The difference between two arms of a randomised campaign, adjusted for what was known before.

Each arm has a regression of its own on the centred covariates; the difference of the intercepts is the effect
(Lin 2013, "Agnostic notes on regression adjustments to experimental data"). Rows are weighted by one over the
chance of their arm. Residuals are enlarged by their leverage (HC2; MacKinnon and White 1985) and summed by
household, and the degrees of freedom are Welch's. Without covariates and households it is Welch's t test.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr, stdtrit

from serving.campaigns.outcome.figures import Comparison, Figure

LEVEL = 0.05
FEWEST = 10
"""Fewest customers of an arm, and of a yes-or-no outcome fewest of each answer, for an interval."""
ROWS_PER_COVARIATE = 20
"""An arm takes one covariate for so many of its rows."""


@dataclass(frozen=True)
class Sample:
    """An outcome of the customers of two arms.

    Attributes
    ----------
    outcome : ndarray, (n,)
    offered : ndarray, (n,) of bool
    weight : ndarray, (n,)
        One over the chance of the customer's arm.
    cluster : ndarray, (n,) of int64
        Number of the household, from 0; a customer without one is alone.
    covariates : ndarray, (n, m)
        Known before the campaign; the most important one first.
    """

    outcome: np.ndarray
    offered: np.ndarray
    weight: np.ndarray
    cluster: np.ndarray
    covariates: np.ndarray

    def only(self, rows: np.ndarray) -> Sample:
        """Some of the customers, chosen by (n,) of bool."""
        return Sample(*(column[rows] for column in vars(self).values()))


@dataclass(frozen=True)
class _Arm:
    """Mean of an arm at the mean covariates, what each row adds to its error, (n,), and its freedom."""

    mean: float
    errors: np.ndarray
    freedom: int


def compare(sample: Sample) -> Comparison:
    """Compare the arms.

    Parameters
    ----------
    sample : Sample
        With at least one row in each arm.
    """
    offered, held_out = _arm(sample, True), _arm(sample, False)
    rows = (int(sample.offered.sum()), int((~sample.offered).sum()))
    events = _events(sample)
    lacking = _too_few(rows, events)
    difference = Figure(value=offered.mean - held_out.mean)
    change, p = None, None
    if not lacking:
        error, freedom = _error(sample.cluster, offered, held_out)
        p = _p(difference.value, error, freedom)
        difference = _interval(difference.value, error, freedom)
        change = _change(sample.cluster, offered, held_out)
    return Comparison(
        offered=offered.mean,
        held_out=held_out.mean,
        difference=difference,
        change=change,
        p=p,
        rows=rows,
        events=events,
        too_few=lacking,
    )


def _arm(sample: Sample, arm: bool) -> _Arm:
    rows = sample.offered == arm
    centred = _usable(sample)
    root = np.sqrt(sample.weight[rows])
    matrix = np.column_stack([np.ones(int(rows.sum())), centred[rows]]) * root[:, None]
    basis, scales, axes = np.linalg.svd(matrix, full_matrices=False)
    kept = scales > scales[0] * 1e-10
    basis, scales, axes = basis[:, kept], scales[kept], axes[kept]
    outcome = sample.outcome[rows] * root
    share = basis @ (axes[:, 0] / scales)  # what each row's outcome adds to the intercept
    residual = outcome - basis @ (basis.T @ outcome)
    room = np.clip(1 - (basis**2).sum(axis=1), 1e-12, None)
    errors = np.zeros(len(rows))
    errors[rows] = share * residual / np.sqrt(room)
    return _Arm(float(share @ outcome), errors, len(np.unique(sample.cluster[rows])) - len(scales))


def _usable(sample: Sample) -> np.ndarray:
    """The centred covariates that differ within both arms, as many as the smaller arm can carry."""
    arms = [sample.covariates[sample.offered == arm] for arm in (True, False)]
    varies = np.all([np.ptp(rows, axis=0) > 0 for rows in arms], axis=0)
    most = max(0, min(map(len, arms)) // ROWS_PER_COVARIATE - 1)
    kept = sample.covariates[:, np.flatnonzero(varies)[:most]]
    return np.asarray(kept - kept.mean(axis=0))


def _error(cluster: np.ndarray, offered: _Arm, held_out: _Arm) -> tuple[float, float]:
    """Standard error of a difference, households summed, and Welch's degrees of freedom."""
    total = _variance(cluster, offered.errors - held_out.errors)
    parts = [_variance(cluster, arm.errors) for arm in (offered, held_out)]
    spread = sum(part**2 / max(arm.freedom, 1) for part, arm in zip(parts, (offered, held_out), strict=True))
    return float(np.sqrt(total)), sum(parts) ** 2 / spread if spread else 1.0


def _variance(cluster: np.ndarray, errors: np.ndarray) -> float:
    return float((np.bincount(cluster, errors) ** 2).sum())


def _change(cluster: np.ndarray, offered: _Arm, held_out: _Arm) -> Figure | None:
    """The relative change, its interval from that of the logarithm of the ratio (delta method)."""
    if offered.mean <= 0 or held_out.mean <= 0:
        return None
    arms = [_Arm(arm.mean, arm.errors / arm.mean, arm.freedom) for arm in (offered, held_out)]
    log = float(np.log(offered.mean / held_out.mean))
    ends = _interval(log, *_error(cluster, *arms)).model_dump()
    return Figure(**{name: float(np.expm1(end)) for name, end in ends.items()})


def _interval(value: float, error: float, freedom: float) -> Figure:
    half = float(stdtrit(freedom, 1 - LEVEL / 2)) * error
    return Figure(value=value, low=value - half, high=value + half)


def _p(difference: float, error: float, freedom: float) -> float:
    if not error:
        return float(difference == 0)
    return float(2 * stdtr(freedom, -abs(difference) / error))


def _events(sample: Sample) -> tuple[int, int] | None:
    """How many in each arm have a yes-or-no outcome; None for an amount."""
    if not np.isin(sample.outcome, (0, 1)).all():
        return None
    yes = sample.outcome == 1
    return int((yes & sample.offered).sum()), int((yes & ~sample.offered).sum())


def _too_few(rows: tuple[int, int], events: tuple[int, int] | None) -> bool:
    """Whether an arm has too few rows, or too few of either answer, for an interval."""
    counts = rows if events is None else (*events, *(n - yes for n, yes in zip(rows, events, strict=True)))
    return min(counts) < FEWEST

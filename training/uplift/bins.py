"""Bins of a ranking with the effect that was measured in each, made monotone."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.stats import rankdata
from sklearn.isotonic import isotonic_regression

LEAST_ERROR = 1e-9
"""Error of a bin whose scores are all equal."""


class Bins(NamedTuple):
    """Bins from the least to the most responsive.

    Attributes
    ----------
    borders : ndarray, (b - 1,)
        Shares of the customers below each border, ascending.
    mean, error : ndarray, (b,)
        Effect and its standard error.
    """

    borders: np.ndarray
    mean: np.ndarray
    error: np.ndarray


def mean_and_error(scores: np.ndarray, cluster: np.ndarray) -> tuple[float, float]:
    """Mean of the scores, and its standard error; rows of a cluster are not independent."""
    mean = scores.mean()
    _, position = np.unique(cluster, return_inverse=True)
    sums = np.bincount(position, weights=scores - mean)
    few = len(sums) / max(1, len(sums) - 1)
    return float(mean), float(np.sqrt(few * (sums**2).sum()) / len(scores))


def share_below(score: np.ndarray, fold: np.ndarray) -> np.ndarray:
    """Share of its fold's rows that a row is ranked above, (n,), above 0 and below 1.

    Every fold has a ranking of its own, whose scores need not be on one scale. Equal scores share their mean.
    """
    below = np.empty(len(score))
    for one in np.unique(fold):
        rows = fold == one
        below[rows] = (rankdata(score[rows]) - 0.5) / rows.sum()
    return below


def measured_bins(below: np.ndarray, scores: np.ndarray, cluster: np.ndarray, count: int) -> Bins:
    """Mean score of each bin, pooled with its neighbour where it falls.

    Parameters
    ----------
    below : ndarray, (n,)
        From :func:`share_below`.
    scores : ndarray, (n,)
        Doubly robust scores of the effect.
    cluster : ndarray of str, (n,)
    count : int
        Bins of equal size to begin with.
    """
    number = np.minimum((below * count).astype("int64"), count - 1)
    kept = np.unique(number)
    found = np.array([mean_and_error(scores[number == one], cluster[number == one]) for one in kept])
    precision = 1 / np.maximum(found[:, 1], LEAST_ERROR) ** 2
    rising = isotonic_regression(found[:, 0], sample_weight=precision)
    starts = np.flatnonzero(np.r_[True, np.diff(rising) > 0])
    error = 1 / np.sqrt(np.add.reduceat(precision, starts))
    return Bins(kept[starts[1:]] / count, rising[starts], error)

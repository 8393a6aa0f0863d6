"""How good a ranking of customers by their response is: gain curve, Qini, and gain at a depth.

The gain at depth d is what offering to the d most responsive customers adds per customer of the base. It is
a sum of doubly robust scores of staying, so arms of unequal size need no further weights. Customers of equal
score count in proportion, in whatever order they come. The Qini is the area between the gain curve and the
straight line of a random choice. It is never divided by the final gain, which may be zero or negative.
"""

from __future__ import annotations

import numpy as np

from training.metrics.weighted_metrics import Ranking


def gain_curve(ranking: Ranking, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Share of the customers and gain per customer at the end of every group of equal scores.

    Parameters
    ----------
    ranking : Ranking
        Its labels are the scores that are summed.
    weights : ndarray, (draws, n)

    Returns
    -------
    ndarray, (draws, groups + 1)
        The shares, from 0 to 1.
    ndarray, (draws, groups + 1)
        The gains, from 0 on.
    """
    scores, rows = ranking.groups(weights)
    total = rows.sum(axis=1, keepdims=True)
    return _from_zero(rows / total), _from_zero(scores / total)


def _from_zero(parts: np.ndarray) -> np.ndarray:
    return np.hstack([np.zeros((len(parts), 1)), np.cumsum(parts, axis=1)])


def qini(ranking: Ranking, weights: np.ndarray) -> np.ndarray:
    """Area between gain curve and random choice, (draws,), in the unit of the scores per customer."""
    share, gain = gain_curve(ranking, weights)
    area: np.ndarray = np.trapezoid(gain, share, axis=1) - gain[:, -1] / 2
    return area


def gain_at(ranking: Ranking, weights: np.ndarray, depth: float) -> np.ndarray:
    """Gain per customer of the base when this share of it, the most responsive, gets the offer, (draws,)."""
    share, gain = gain_curve(ranking, weights)
    return np.array([np.interp(depth, x, y) for x, y in zip(share, gain, strict=True)])

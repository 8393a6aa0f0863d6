"""The bootstrap: intervals of figures, by drawing customers with replacement.

Customers are drawn, not rows: the rows of one customer at several observation dates are not independent. A
draw is a weight for every row (how often its customer was drawn), so that a metric which takes weights is
computed for many draws at once. Efron and Tibshirani (1993), "An Introduction to the Bootstrap", chapter
13.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np

Interval = dict[str, float | None]
"""``{"estimate", "low", "high"}``; None where a figure is not defined."""

LEVEL = 0.95
CARD_DRAWS = 1000
"""Draws behind the intervals of a model card, whatever ``evaluation.draws`` a run is evaluated with."""
CHUNK = 2_000_000
"""Weights in memory at a time: 16 MB."""


def weight_chunks(customers: np.ndarray, draws: int, seed: int) -> Iterator[np.ndarray]:
    """How often each row counts in each draw, some draws at a time, so that memory stays bounded.

    Parameters
    ----------
    customers : ndarray of str, (n,)
        Rows of the same customer are drawn together.
    draws : int
        Of all chunks together.
    seed : int

    Yields
    ------
    ndarray of float64, (draws of the chunk, n)
    """
    names, position = np.unique(customers, return_inverse=True)
    random = np.random.default_rng(seed)
    at_once = max(1, CHUNK // len(customers))
    for start in range(0, draws, at_once):
        count = min(at_once, draws - start)
        drawn = random.integers(0, len(names), (count, len(names)))
        offset = np.arange(count)[:, None] * len(names)
        counts = np.bincount((drawn + offset).ravel(), minlength=count * len(names))
        yield counts.reshape(count, len(names))[:, position].astype("float64")


def interval(estimate: float | None, samples: np.ndarray) -> Interval:
    """Percentile interval at 95 %.

    Parameters
    ----------
    estimate : float or None
        The figure on the rows themselves.
    samples : ndarray, (draws,)
        The figure in every draw; NaN where a draw does not define it, such as the precision when nobody is
        contacted.

    Returns
    -------
    dict
        ``low`` and ``high`` are None when fewer than half of the draws define the figure.
    """
    if estimate is None or not np.isfinite(estimate):
        return {"estimate": None, "low": None, "high": None}
    defined = samples[np.isfinite(samples)]
    if 2 * len(defined) < len(samples):
        return {"estimate": float(estimate), "low": None, "high": None}
    low, high = np.quantile(defined, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return {"estimate": float(estimate), "low": float(low), "high": float(high)}


Metrics = Callable[[np.ndarray], Mapping[str, np.ndarray]]
"""Weights (draws, n) to figures (draws,) by name."""


def draw(metrics: Metrics, customers: np.ndarray, draws: int, seed: int) -> dict[str, np.ndarray]:
    """Every figure in every draw, (draws,)."""
    parts = [metrics(weights) for weights in weight_chunks(customers, draws, seed)]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def estimates(metrics: Metrics, rows: int) -> dict[str, float]:
    """Every figure on the rows themselves, each counted once."""
    return {name: float(values[0]) for name, values in metrics(np.ones((1, rows))).items()}


def intervals(metrics: Metrics, customers: np.ndarray, draws: int, seed: int) -> dict[str, Interval]:
    """Every figure with its interval.

    Parameters
    ----------
    metrics : callable
        Weights (draws, n) to a mapping of names to figures (draws,).
    customers : ndarray of str, (n,)
    draws, seed : int
    """
    samples = draw(metrics, customers, draws, seed)
    return {
        name: interval(estimate, samples[name])
        for name, estimate in estimates(metrics, len(customers)).items()
    }

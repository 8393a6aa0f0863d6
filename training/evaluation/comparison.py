"""Two models on the same rows: their difference and its confidence interval."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from serving.card.metric_direction import LOWER_IS_BETTER
from training.evaluation.headline import WITHOUT_THRESHOLD, threshold_free
from training.metrics.bootstrap import Metrics, draw, estimates, interval
from training.metrics.scored import Scored
from training.settings.settings import Settings

NO_BETTER_SIDE = frozenset({"empc_contacted_share"})


def paired_comparison(first: Scored, second: Scored, settings: Settings) -> dict[str, dict[str, Any]]:
    """Two models on the same rows, in the same draws.

    Parameters
    ----------
    first, second : Scored
        Of the same rows in the same order.

    Returns
    -------
    dict
        For every name of :data:`WITHOUT_THRESHOLD`: ``{"first", "second"}``, the figures; ``difference``:
        first less second, an INTERVAL; ``share_better``: draws in which the first is better, an equal one
        counts half.

    Raises
    ------
    ValueError
        When the rows are not the same.
    """
    if not np.array_equal(first.customers, second.customers) or not np.array_equal(
        first.churned, second.churned
    ):
        raise ValueError("a paired comparison needs the same rows in the same order")
    pairs = [threshold_free(scored, settings.profit) for scored in (first, second)]
    names = [name for name in WITHOUT_THRESHOLD if name not in NO_BETTER_SIDE]
    return paired(pairs[0], pairs[1], names, first.customers, settings.evaluation.draws, settings.seed)


def paired(
    first: Metrics, second: Metrics, names: Sequence[str], customers: np.ndarray, draws: int, seed: int
) -> dict[str, dict[str, Any]]:
    """The figures ``names`` of two models in the same draws, as :func:`paired_comparison` returns them."""
    pairs = (first, second)
    found = [estimates(metrics, len(customers)) for metrics in pairs]
    drawn = [draw(metrics, customers, draws, seed) for metrics in pairs]
    comparison = {}
    for name in names:
        difference = drawn[0][name] - drawn[1][name]
        better = -difference if name in LOWER_IS_BETTER else difference
        comparison[name] = {
            "first": found[0][name],
            "second": found[1][name],
            "difference": interval(found[0][name] - found[1][name], difference),
            "share_better": float((better > 0).mean() + (better == 0).mean() / 2),
        }
    return comparison

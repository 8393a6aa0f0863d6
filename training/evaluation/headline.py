"""The headline figures, each with its interval."""

from __future__ import annotations

from typing import Any

import numpy as np

from training.metrics.bootstrap import Interval, Metrics, intervals
from training.metrics.profit import contact_profit, empc
from training.metrics.scored import Scored
from training.metrics.weighted_metrics import Ranking, confusion_metrics, probability_metrics, rank_metrics
from training.settings.profit import ProfitSettings
from training.settings.settings import Settings

AT_THRESHOLD = (
    "accuracy",
    "precision",
    "recall",
    "f1",
    "kappa",
    "mcc",
    "contact_share",
    "profit_per_customer",
)
WITHOUT_THRESHOLD = (
    "auc",
    "average_precision",
    "brier",
    "log_loss",
    "ece",
    "lift_top_decile",
    "empc",
    "empc_contacted_share",
)


def threshold_free(scored: Scored, profit: ProfitSettings) -> Metrics:
    """The figures of :data:`WITHOUT_THRESHOLD`, as a function of weights (draws, n)."""
    ranking = Ranking.of(scored.churned, scored.probability)

    def metrics(weights: np.ndarray) -> dict[str, np.ndarray]:
        return {
            **rank_metrics(ranking, weights),
            **probability_metrics(scored.churned, scored.probability, weights),
            **empc(ranking, weights, profit),
        }

    return metrics


def card_metrics(scored: Scored, threshold: float | None, profit: ProfitSettings) -> Metrics:
    """What a model card states, as a function of weights (draws, n): all but the EMPC, which is slow."""
    ranking = Ranking.of(scored.churned, scored.probability)
    contacted = at_threshold(scored, threshold, profit)

    def metrics(weights: np.ndarray) -> dict[str, np.ndarray]:
        return {
            **rank_metrics(ranking, weights),
            **probability_metrics(scored.churned, scored.probability, weights),
            **contacted(weights),
        }

    return metrics


def at_threshold(scored: Scored, threshold: float | None, profit: ProfitSettings) -> Metrics:
    """The figures of :data:`AT_THRESHOLD`, as a function of weights (draws, n)."""
    chosen = scored.contacted(threshold)
    gain = contact_profit(scored.churned, scored.value, profit) * chosen

    def metrics(weights: np.ndarray) -> dict[str, np.ndarray]:
        return {
            **confusion_metrics(scored.churned, chosen, weights),
            "profit_per_customer": weights @ gain / weights.sum(axis=1),
        }

    return metrics


def headline(
    cross_validation: Scored, untouched: Scored, threshold: float | None, settings: Settings
) -> dict[str, Any]:
    """Every headline figure with a 95 % interval, on calibrated probabilities.

    Parameters
    ----------
    cross_validation, untouched : Scored
    threshold : float or None
        Who is contacted; None contacts nobody, and precision then is None.
    settings : Settings
        ``evaluation.draws``, ``profit``, ``seed``.

    Returns
    -------
    dict
        ``{"threshold", "draws", "cross_validation": {name: INTERVAL}, "untouched": {name: INTERVAL}}`` with
        the names of :data:`WITHOUT_THRESHOLD` and :data:`AT_THRESHOLD`. Profits are per customer of the
        base, in the currency of the charges.
    """
    return {
        "threshold": threshold,
        "draws": settings.evaluation.draws,
        "cross_validation": figures(cross_validation, threshold, settings),
        "untouched": figures(untouched, threshold, settings),
    }


def figures(scored: Scored, threshold: float | None, settings: Settings) -> dict[str, Interval]:
    """Every headline figure of some rows, with its interval."""
    draws, seed = settings.evaluation.draws, settings.seed
    return {
        **intervals(threshold_free(scored, settings.profit), scored.customers, draws, seed),
        **intervals(at_threshold(scored, threshold, settings.profit), scored.customers, draws, seed),
    }

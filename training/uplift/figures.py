"""Figures of an offer and of a ranking for it, each with its interval."""

from __future__ import annotations

from typing import Any

import numpy as np

from serving.model.effects import Estimate
from training.metrics.bootstrap import LEVEL, draw, estimates
from training.metrics.weighted_metrics import Ranking
from training.settings.settings import Settings
from training.uplift.learners import LEARNERS
from training.uplift.qini import gain_at, qini
from training.uplift.sample import Sample
from training.uplift.scores import OfferScores

PER = 1_000
"""Customers that gains at the budgeted depth are stated for."""


def qini_of(score: np.ndarray, effect: np.ndarray) -> float:
    """Qini of a ranking on the rows themselves."""
    return float(qini(Ranking.of(effect, score), np.ones((1, len(score))))[0])


def figures(
    score: np.ndarray, sample: Sample, scores: OfferScores, settings: Settings
) -> dict[str, Estimate]:
    """What a ranking brings, with intervals from drawing customers (or households) with replacement.

    Parameters
    ----------
    score : ndarray, (n,)
        Out of fold; higher is more responsive.
    sample : Sample
    scores : OfferScores
        Of the same rows.
    settings : Settings

    Returns
    -------
    dict of str to Estimate
        ``average``: effect on everybody, in probability. ``qini``: its interval is wider than the others',
        because this learner was chosen as the best of three (Bonferroni). ``over_risk``: Qini less that of
        ranking by P(leave) without an offer. ``kept`` and ``profit``: customers kept, and money, per 1,000
        customers of the base when the budgeted share of them gets the offer.
    """
    depth = settings.uplift.depth
    best = Ranking.of(scores.effect, score)
    by_risk = Ranking.of(scores.effect, -scores.without)
    money = Ranking.of(profit_scores(sample, scores, settings), score)

    def measured(weights: np.ndarray) -> dict[str, np.ndarray]:
        found = qini(best, weights)
        return {
            "average": weights @ scores.effect / weights.sum(axis=1),
            "qini": found,
            "over_risk": found - qini(by_risk, weights),
            "kept": PER * gain_at(best, weights, depth),
            "profit": PER * gain_at(money, weights, depth),
        }

    whole = estimates(measured, len(sample))
    drawn = draw(measured, sample.cluster, settings.uplift.draws, settings.seed)
    return {
        name: _interval(estimate, drawn[name], len(LEARNERS) if name == "qini" else 1)
        for name, estimate in whole.items()
    }


def profit_scores(sample: Sample, scores: OfferScores, settings: Settings) -> np.ndarray:
    """Score of the profit of making the offer to each row, (n,), in the currency of the charges.

    The offer is paid for who takes it and stays, a contact for everybody.
    """
    costs = settings.profit
    profit: np.ndarray = scores.effect * sample.value - scores.stays * costs.offer_cost - costs.contact_cost
    return profit


def _interval(estimate: float, drawn: np.ndarray, chosen_from: int) -> Estimate:
    tail = (1 - LEVEL) / 2 / chosen_from
    low, high = np.quantile(drawn, [tail, 1 - tail])
    return Estimate(estimate, float(low), float(high))


def to_json(found: dict[str, Estimate]) -> dict[str, Any]:
    """Plain values for ``run.json``."""
    return {name: dict(vars(one)) for name, one in found.items()}

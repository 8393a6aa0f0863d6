"""The threshold from which a customer is contacted: chosen on validation, judged on the untouched part.

Both rules try the same hundred thresholds, those that contact 1 %, 2 %, ... 100 % of the validation rows:

* **profit**: the threshold with the highest profit;
* **precision floor**: the lowest threshold that passes two tests. The one-sided lower confidence bound of its
  precision (Clopper and Pearson 1934) reaches the floor. And a campaign as large as the untouched part holds
  the floor with enough probability (beta-binomial). Where none passes both, the bound alone decides. A
  threshold set at exactly the floor misses it on new data half of the time. A hundred thresholds instead of
  thousands limit the bias of choosing the best.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import beta, betabinom

from training.metrics.profit import contact_profit
from training.metrics.scored import Scored
from training.settings.decision import DecisionSettings
from training.settings.profit import ProfitSettings

STEPS = 100


@dataclass(frozen=True)
class Choice:
    """What a rule chose.

    Attributes
    ----------
    threshold : float or None
        Customers at or above it are contacted; None contacts nobody.
    reason : str
        Why there is no threshold; empty when there is one.
    lower_bound : float or None
        Lower bound of the precision, of the precision floor; the best there is when it does not hold.
    next_time : float or None
        Chance that the next campaign holds the floor, of the precision floor.
    """

    threshold: float | None
    reason: str = ""
    lower_bound: float | None = None
    next_time: float | None = None


def by_profit(scored: Scored, settings: ProfitSettings) -> Choice:
    """The threshold with the highest profit on these rows, with every customer's own value."""
    candidates, counts, order = _candidates(scored.probability)
    gain = np.cumsum(contact_profit(scored.churned, scored.value, settings)[order])[counts - 1]
    best = int(gain.argmax())
    if gain[best] <= 0:
        return Choice(None, "no share of the customers brings more than contacting them costs")
    return Choice(float(candidates[best]))


def by_precision_floor(scored: Scored, new_rows: int, settings: DecisionSettings) -> Choice:
    """The lowest threshold that holds the floor, or none."""
    candidates, counts, order = _candidates(scored.probability)
    churners = np.cumsum(scored.churned[order])[counts - 1]
    bounds = precision_bound(churners, counts, settings.confidence)
    holds = np.flatnonzero(bounds >= settings.precision_floor)
    if len(holds) == 0:
        best = int(bounds.argmax())
        return Choice(
            None,
            f"no share of the customers has a precision of {settings.precision_floor:g} for sure: the best "
            f"lower bound is {bounds[best]:.3f}, of the {counts[best]} with the highest probability",
            float(bounds[best]),
        )
    chances = next_time(churners, counts, counts / len(scored) * new_rows, settings.precision_floor)
    twice = holds[chances[holds] >= settings.confidence]
    chosen = int(twice[-1] if len(twice) else holds[-1])
    return Choice(float(candidates[chosen]), "", float(bounds[chosen]), float(chances[chosen]))


def precision_bound(churners: np.ndarray, contacted: np.ndarray, confidence: float) -> np.ndarray:
    """One-sided lower bound of the precision behind ``churners`` of ``contacted``, (k,)."""
    bound: np.ndarray = beta.ppf(1 - confidence, churners, contacted - churners + 1)
    return np.where(churners == 0, 0.0, bound)


def next_time(
    churners: np.ndarray, contacted: np.ndarray, new_contacts: np.ndarray, floor: float
) -> np.ndarray:
    """Chance that ``new_contacts`` hold the floor, given ``churners`` of ``contacted``, (k,).

    Both the precision (uniform prior) and the outcome of the contacts are uncertain.
    """
    new = np.maximum(1, np.round(new_contacts)).astype("int64")
    needed = np.ceil(floor * new - 1e-9)
    chance: np.ndarray = betabinom.sf(needed - 1, new, churners + 1, contacted - churners + 1)
    return chance


def _candidates(probability: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Thresholds, how many rows each contacts (ties included), and the rows by descending probability."""
    order = np.argsort(-probability, kind="stable")
    ranked = probability[order]
    at = np.unique(np.ceil(np.arange(1, STEPS + 1) * len(ranked) / STEPS).astype("int64"))
    candidates = np.unique(ranked[at - 1])[::-1]
    counts = np.searchsorted(-ranked, -candidates, side="right")
    return candidates, counts, order


def thresholds_section(
    cross_validation: Scored, untouched: Scored, decision: DecisionSettings, profit: ProfitSettings
) -> dict[str, Any]:
    """Both rules and their outcomes, on the validation rows and on the untouched part.

    Returns
    -------
    dict
        ``rule``: that of the settings; ``chosen``: its threshold or None; ``profit`` and
        ``precision_floor``: ``{"threshold", "reason", "lower_bound", "next_time", "validation",
        "untouched"}``, the last two with ``confusion`` (``{"true_positive", "false_positive",
        "false_negative", "true_negative"}``), ``precision`` (None when nobody is contacted), ``recall``,
        ``contact_share``, ``profit_per_customer``; ``floor`` and ``confidence`` of the settings.
    """
    rules = {
        "profit": by_profit(cross_validation, profit),
        "precision_floor": by_precision_floor(cross_validation, len(untouched), decision),
    }
    return {
        "rule": decision.rule,
        "chosen": rules[decision.rule].threshold,
        "floor": decision.precision_floor,
        "confidence": decision.confidence,
        **{
            name: {
                "threshold": choice.threshold,
                "reason": choice.reason,
                "lower_bound": choice.lower_bound,
                "next_time": choice.next_time,
                "validation": _outcome(cross_validation, choice.threshold, profit),
                "untouched": _outcome(untouched, choice.threshold, profit),
            }
            for name, choice in rules.items()
        },
    }


def _outcome(scored: Scored, threshold: float | None, profit: ProfitSettings) -> dict[str, Any]:
    chosen, churned = scored.contacted(threshold), scored.churned == 1
    hit, wrong = int((chosen & churned).sum()), int((chosen & ~churned).sum())
    missed = int((~chosen & churned).sum())
    gain = contact_profit(scored.churned, scored.value, profit)
    return {
        "confusion": {
            "true_positive": hit,
            "false_positive": wrong,
            "false_negative": missed,
            "true_negative": len(scored) - hit - wrong - missed,
        },
        "precision": hit / (hit + wrong) if hit + wrong else None,
        "recall": hit / (hit + missed),
        "contact_share": (hit + wrong) / len(scored),
        "profit_per_customer": float(gain[chosen].sum() / len(scored)),
    }

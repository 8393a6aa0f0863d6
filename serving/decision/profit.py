"""What an offer is expected to bring: the profit of a contact, and its lower bound.

A contact costs `contact_cost`. Who takes the offer and stays also costs the offer. With `p` the probability
of leaving in the months that the effect is of, gap included, `effect` what the offer adds to the probability
of staying, and `value` what keeping the customer is worth, a contact brings on average

    effect * value - (1 - p + effect) * cost - contact_cost

more than no contact. That is the formula of Verbraken, Verbeke and Baesens (2013), IEEE TKDE 25(5), for
``effect = acceptance * p``. Every function takes numbers, or arrays that broadcast, and gives the same bits
for both.
"""

from __future__ import annotations

from statistics import NormalDist
from typing import TypeVar

import numpy as np

Amount = TypeVar("Amount", float, np.ndarray)


def expected_profit(p: Amount, effect: Amount, value: Amount, cost: Amount, contact_cost: float) -> Amount:
    """The expected profit of offering, in the currency of the charges."""
    profit: Amount = effect * value - (1 - p + effect) * cost - contact_cost
    return profit


def lower_bound(profit: Amount, error: Amount, value: Amount, cost: Amount, z: float) -> Amount:
    """The one-sided lower bound of a profit whose effect has a standard error.

    The profit is linear in the effect, with the slope ``value - cost``.
    """
    bound: Amount = profit - z * error * abs(value - cost)
    return bound


def quantile(confidence: float) -> float:
    """The standard normal quantile of a one-sided confidence: 1.2816 of 0.9."""
    return NormalDist().inv_cdf(confidence)

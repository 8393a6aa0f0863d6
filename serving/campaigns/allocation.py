"""Who gets which offer: the most expected profit under a budget, caps, and one offer a household."""

from __future__ import annotations

import numpy as np

from serving.campaigns.bound import prices_of
from serving.campaigns.exact import exact
from serving.campaigns.greedy import Filling, steps_of
from serving.campaigns.problem import Allocation, Problem

SMALL = 1_000
"""Most pairs of a problem that is solved exactly."""


def allocate(problem: Problem) -> Allocation:
    """Choose pairs: exactly where there are few, else by a greedy with a bound.

    Parameters
    ----------
    problem : Problem
    """
    if not len(problem.group):
        return Allocation(np.empty(0, dtype=np.int64), 0.0, 0.0, "exact")
    best = exact(problem) if len(problem.group) <= SMALL else None
    return best or by_greed(problem)


def by_greed(problem: Problem) -> Allocation:
    """Choose pairs by prices and by yield, and say how far from the best that can be.

    What is bought at the best prices comes first. Then steps by profit less the price of a place, so that a
    scarce offer goes to those whom it keeps best. The last give what is left to whom it still fits.
    """
    prices = prices_of(problem)
    filling = Filling(problem)
    filling.take(prices.bought)
    filling.take(steps_of(problem, problem.profit - prices.places[problem.offer]))
    filling.take(steps_of(problem, problem.profit))
    chosen = filling.chosen()
    profit = float(problem.profit[chosen].sum())
    return Allocation(chosen, profit, max(profit, prices.bound), "greedy")

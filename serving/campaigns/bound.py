"""The most profit that any allocation can have: the Lagrangian bound, with a price of money and of each cap.

With prices, every group takes the pair that is worth most after them, alone. What all groups get, and the
budget and caps at their prices, is at least the profit of every allocation (Fisher 1981, "The Lagrangian
relaxation method for solving integer programming problems"). The least such bound is found by cutting planes
(Kelley 1960).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog

from serving.campaigns.problem import Problem

_STEPS = 150
_CLOSE = 5e-5
"""Share of the bound within which its least value is known to lie, and the search ends."""


@dataclass(frozen=True)
class Prices:
    """The best prices found, and their bound.

    Attributes
    ----------
    places : ndarray, (k,)
        Profit for one more place of each offer; 0 where there is no cap.
    bought : ndarray, (m,) of int64
        Positions of the pairs that the groups take at these prices, the one that is worth most first. They
        need not fit.
    bound : float
    """

    places: np.ndarray
    bought: np.ndarray
    bound: float


class _Relaxed:
    """The bound as a function of the prices: that of money first, then of each cap that can bind."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        asked = np.bincount(problem.offer, minlength=len(problem.caps))
        self.capped = np.flatnonzero(problem.caps < asked)
        self._rights = np.concatenate([[problem.budget], problem.caps[self.capped]])
        self._starts = np.flatnonzero(np.diff(problem.group, prepend=-1))
        self._sizes = np.diff(np.append(self._starts, len(problem.group)))

    def highest(self) -> np.ndarray:
        """A price of each at which nobody would buy."""
        problem = self._problem
        paid = problem.cost > 0
        dearest = float((problem.profit[paid] / problem.cost[paid]).max(initial=0.0))
        best = np.zeros(len(problem.caps))
        np.maximum.at(best, problem.offer, problem.profit)
        return np.concatenate([[dearest], best[self.capped]])

    def places(self, prices: np.ndarray) -> np.ndarray:
        """The price of each offer's place, (k,)."""
        every = np.zeros(len(self._problem.caps))
        every[self.capped] = prices[1:]
        return every

    def bought(self, prices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The pair that every group takes at some prices, if any, and what it is worth after them."""
        problem = self._problem
        worth = problem.profit - prices[0] * problem.cost - self.places(prices)[problem.offer]
        best = np.maximum.reduceat(worth, self._starts)
        is_best = np.flatnonzero((worth == np.repeat(best, self._sizes)) & (worth > 0))
        taken = is_best[np.diff(problem.group[is_best], prepend=-1) > 0]
        return taken, worth[taken]

    def at(self, prices: np.ndarray) -> tuple[float, np.ndarray]:
        """The bound at some prices, and its slope."""
        taken, worth = self.bought(prices)
        paid = self._problem.cost[taken].sum()
        used = np.append(paid, self._problem.counts(taken)[self.capped])
        return float(prices @ self._rights + worth.sum()), self._rights - used


def prices_of(problem: Problem) -> Prices:
    """Find prices with nearly the least bound.

    Parameters
    ----------
    problem : Problem
        With at least one pair.
    """
    relaxed = _Relaxed(problem)
    top = relaxed.highest()
    cuts: list[tuple[float, np.ndarray, np.ndarray]] = []
    asked = best = np.zeros(len(top))
    bound = np.inf
    for _ in range(_STEPS):
        value, slope = relaxed.at(asked * top)
        if value < bound:
            best, bound = asked, value
        cuts.append((value, slope * top, asked))
        asked, least = _lowest(cuts)
        if least >= bound * (1 - _CLOSE):
            break
    bought, worth = relaxed.bought(best * top)
    return Prices(relaxed.places(best * top), bought[np.argsort(-worth, kind="stable")], bound)


def _lowest(cuts: list[tuple[float, np.ndarray, np.ndarray]]) -> tuple[np.ndarray, float]:
    """Where all cuts together are lowest, and how low; prices count as shares of the highest, 0..1."""
    scale = abs(cuts[0][0]) or 1.0
    slopes = np.array([slope for _, slope, _ in cuts]) / scale
    rights = np.array([slope @ at - value for value, slope, at in cuts]) / scale
    prices = slopes.shape[1]
    found = linprog(
        np.append(np.zeros(prices), 1.0),
        A_ub=np.column_stack([slopes, -np.ones(len(cuts))]),
        b_ub=rights,
        bounds=[(0, 1)] * prices + [(None, None)],
    )
    return found.x[:-1], float(found.x[-1]) * scale

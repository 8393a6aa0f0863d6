"""What is allocated, and the answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

ROUNDING = 1e-9
"""Share of the budget by which sums of costs may pass it, as floats do not add up exactly."""


@dataclass(frozen=True)
class Problem:
    """Pairs of a customer and an offer, of which some are chosen: at most one in a group.

    Attributes
    ----------
    group : ndarray, (n,) of int64
        Who gets one offer at most: a household, or a customer without one. Sorted, from 0, without gaps.
    offer : ndarray, (n,) of int64
        Number of the pair's offer, from 0.
    profit, cost : ndarray, (n,)
        Expected incremental profit, above 0, and what the budget is charged, at least 0; in one currency.
    budget : float
    caps : ndarray, (k,)
        Most customers of each offer; infinite where there is no cap.
    """

    group: np.ndarray
    offer: np.ndarray
    profit: np.ndarray
    cost: np.ndarray
    budget: float
    caps: np.ndarray

    @property
    def groups(self) -> int:
        """How many groups there are."""
        return int(self.group[-1]) + 1 if len(self.group) else 0

    def counts(self, chosen: np.ndarray) -> np.ndarray:
        """Customers of each offer, (k,), when the pairs of these positions are chosen."""
        return np.bincount(self.offer[chosen], minlength=len(self.caps))

    def fits(self, chosen: np.ndarray) -> bool:
        """Whether the pairs of these positions are within budget and caps, one in a group."""
        alone = len(np.unique(self.group[chosen])) == len(chosen)
        paid = float(self.cost[chosen].sum()) <= self.budget * (1 + ROUNDING)
        return alone and paid and bool((self.counts(chosen) <= self.caps).all())


@dataclass(frozen=True)
class Allocation:
    """Which pairs are chosen, and how far from the best it can be.

    Attributes
    ----------
    chosen : ndarray, (m,) of int64
        Positions of the pairs.
    profit : float
        Sum of their profits.
    bound : float
        No allocation has more.
    method : {"exact", "greedy"}
    """

    chosen: np.ndarray
    profit: float
    bound: float
    method: Literal["exact", "greedy"]

    @property
    def gap(self) -> float:
        """Largest share of the bound that may be missing, 0..1."""
        return max(0.0, 1 - self.profit / self.bound) if self.bound > 0 else 0.0

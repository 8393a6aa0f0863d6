"""A good allocation of a large problem: the steps of each group's offer hull, the best yield first.

Of a group's offers, sorted by cost, only those on the upper hull of (cost, profit) can be best at some price
of money. A step goes from one of them to the next; its yield is profit for cost. Yields fall along a hull, so
taking the best steps of all groups first is right up to the last step (Sinha and Zoltners 1979, "The
multiple-choice knapsack problem").
"""

from __future__ import annotations

import numpy as np

from serving.campaigns.problem import ROUNDING, Problem

_Step = tuple[float, float, float, int]
"""Cost, value and yield of a step of a hull, and the pair's position."""
_NOTHING: _Step = (0.0, 0.0, np.inf, -1)


class Filling:
    """Takes steps while budget and caps allow; a step that does not fit is left out.

    Parameters
    ----------
    problem : Problem
    """

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._taken: list[int | None] = [None] * problem.groups
        self._money = problem.budget * (1 + ROUNDING)
        self._room: list[float] = problem.caps.tolist()

    def take(self, steps: np.ndarray) -> None:
        """Take steps in their order.

        Parameters
        ----------
        steps : ndarray, (m,) of int64
            Positions of pairs. A step of a group that has a pair replaces it, if that is worth more.
        """
        problem = self._problem
        group, offer = problem.group.tolist(), problem.offer.tolist()
        cost, profit = problem.cost.tolist(), problem.profit.tolist()
        for pair in steps.tolist():
            now = self._taken[group[pair]]
            extra = cost[pair] - (0.0 if now is None else cost[now])
            same_offer = now is not None and offer[now] == offer[pair]
            if extra > self._money or (self._room[offer[pair]] < 1 and not same_offer):
                continue
            if now is not None and profit[pair] <= profit[now]:
                continue
            self._money -= extra
            self._room[offer[pair]] -= 1
            if now is not None:
                self._room[offer[now]] += 1
            self._taken[group[pair]] = pair

    def chosen(self) -> np.ndarray:
        """Positions of the pairs taken, sorted."""
        return np.array([pair for pair in self._taken if pair is not None], dtype=np.int64)


def steps_of(problem: Problem, worth: np.ndarray) -> np.ndarray:
    """The steps of all hulls, the best yield first.

    Parameters
    ----------
    problem : Problem
    worth : ndarray, (n,)
        What each pair is worth; pairs that are worth nothing are on no hull.

    Returns
    -------
    ndarray, (m,) of int64
        Positions of pairs.
    """
    order = np.lexsort((-worth, problem.cost, problem.group))
    order = order[worth[order] > 0]
    columns = (column[order].tolist() for column in (problem.group, problem.cost, worth))
    steps: list[tuple[float, int]] = []
    hull, former = [_NOTHING], -1
    for pair, group, cost, value in zip(order.tolist(), *columns, strict=True):
        if group != former:
            steps += [(rate, at) for _, _, rate, at in hull[1:]]
            hull, former = [_NOTHING], group
        _extend(hull, pair, cost, value)
    steps += [(rate, at) for _, _, rate, at in hull[1:]]
    rates = np.array([rate for rate, _ in steps])
    return np.array([at for _, at in steps], dtype=np.int64)[np.argsort(-rates, kind="stable")]


def _extend(hull: list[_Step], pair: int, cost: float, value: float) -> None:
    """Put a pair on a hull; what lies below its line leaves."""
    if value <= hull[-1][1]:
        return
    while len(hull) > 1 and _yield(hull[-1], cost, value) >= hull[-1][2]:
        hull.pop()
    hull.append((cost, value, _yield(hull[-1], cost, value), pair))


def _yield(before: _Step, cost: float, value: float) -> float:
    more = cost - before[0]
    return (value - before[1]) / more if more > 0 else np.inf

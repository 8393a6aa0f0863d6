"""The best allocation of a small problem, by integer programming (HiGHS)."""

from __future__ import annotations

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, vstack

from serving.campaigns.problem import Allocation, Problem

_SECONDS = 20.0
_GAP = 1e-4
"""Share of the bound within which the search ends: a hundredth of a percent."""
_TOLERANCE = 2e-6
"""HiGHS takes a constraint as met that is missed by a millionth."""


def exact(problem: Problem) -> Allocation | None:
    """The allocation with the most profit, to 0.01 %, or the best found in 20 seconds; None if there is none.

    Parameters
    ----------
    problem : Problem
        With at least one pair.
    """
    for slack in (0.0, _TOLERANCE):
        found = milp(
            -problem.profit,
            integrality=1,
            bounds=Bounds(0, 1),
            constraints=_constraints(problem, slack),
            options={"mip_rel_gap": _GAP, "time_limit": _SECONDS},
        )
        if found.x is None:
            return None
        chosen = np.flatnonzero(found.x > 0.5)
        if problem.fits(chosen):
            profit = float(problem.profit[chosen].sum())
            return Allocation(chosen, profit, max(profit, -float(found.mip_dual_bound)), "exact")
    return None


def _constraints(problem: Problem, slack: float) -> LinearConstraint:
    """One offer in a group, the budget as a share of itself, and the caps that there are."""
    pairs = np.arange(len(problem.group))
    ones = np.ones(len(pairs))
    capped = np.flatnonzero(np.isfinite(problem.caps))
    matrix = vstack(
        [
            csr_array((ones, (problem.group, pairs)), shape=(problem.groups, len(pairs))),
            csr_array(problem.cost[None, :] / problem.budget),
            csr_array((problem.offer[None, :] == capped[:, None]).astype(float)),
        ]
    )
    most = np.concatenate([np.ones(problem.groups), [1 - slack], problem.caps[capped]])
    return LinearConstraint(matrix, -np.inf, most)

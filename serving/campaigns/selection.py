"""Which customers a campaign takes: so many that budget and caps are used by those who are contacted.

Who is held out or in the control group costs nothing. So customers are chosen for more than the budget, but
only so many that those contacted stay within it wherever the draw starts. The choice does not depend on the
start, else the chance to be held out would not be the same for all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from serving.campaigns.allocation import allocate
from serving.campaigns.hold_out import Draw, strata
from serving.campaigns.problem import ROUNDING, Allocation, Problem

_TRIES = 6
_LESS = 0.999


@dataclass(frozen=True)
class Limits:
    """What a campaign may cost, and how many it may contact.

    Attributes
    ----------
    budget : float
    caps : mapping of str to int
        Most customers contacted with an offer.
    """

    budget: float
    caps: Mapping[str, int]


def select(
    pairs: pd.DataFrame, control: np.ndarray, limits: Limits, draw: Draw
) -> tuple[pd.DataFrame, Allocation]:
    """Choose the customers of all arms.

    Parameters
    ----------
    pairs : DataFrame, (n, m)
        Worthwhile rows of `serving.campaigns.candidates.Candidates`.
    control : ndarray, (n,) of bool
        Whether the row's customer is in the control group, and so is not contacted.
    limits : Limits
    draw : Draw

    Returns
    -------
    chosen : DataFrame
        One row per customer, with `stratum` and `control`.
    allocation : Allocation
    """
    numbers = household_numbers(pairs)
    order = np.argsort(numbers, kind="stable")
    rows = pairs.iloc[order].assign(control=control[order])
    whole = _problem(rows, numbers[order], limits)
    larger = 1 / ((1 - draw.share) * (1 - min(control.mean(), 0.5)))
    for left in reversed(range(_TRIES)):
        allocation = allocate(_enlarged(whole, larger))
        chosen = rows.iloc[allocation.chosen].copy()
        chosen["stratum"] = strata(chosen)
        used = _most_used(chosen, whole, allocation, draw)
        if used <= 1 + ROUNDING or larger == 1.0:
            break
        larger = max(1.0, larger / used * _LESS) if left > 1 else 1.0
    return chosen, allocation


def household_numbers(pairs: pd.DataFrame) -> np.ndarray:
    """A number for each row's household, or its customer where there is none, (n,): from 0, without gaps."""
    household = pairs["household"]
    keys = np.where(household.isna(), "c" + pairs["customerID"].astype(str), "h" + household.astype(str))
    return np.unique(keys.astype(str), return_inverse=True)[1]


def _problem(rows: pd.DataFrame, groups: np.ndarray, limits: Limits) -> Problem:
    names, offer = np.unique(rows["offer"].to_numpy(str), return_inverse=True)
    return Problem(
        group=groups,
        offer=offer,
        profit=rows["expected_profit"].to_numpy(float),
        cost=rows["cost"].to_numpy(float),
        budget=limits.budget,
        caps=np.array([limits.caps.get(str(name), np.inf) for name in names], dtype=float),
    )


def _enlarged(problem: Problem, larger: float) -> Problem:
    return replace(problem, budget=problem.budget * larger, caps=np.floor(problem.caps * larger + ROUNDING))


def _most_used(chosen: pd.DataFrame, whole: Problem, allocation: Allocation, draw: Draw) -> float:
    """The largest share of the budget, or of a cap, that the contacted may use, wherever the draw starts."""
    free = ~chosen["control"].to_numpy(bool)
    rows, pairs = chosen[free], allocation.chosen[free]
    offered = whole.offer[pairs][:, None] == np.arange(len(whole.caps))
    amounts = np.column_stack([whole.cost[pairs], offered])
    most = draw.most_contacted(rows["customerID"], rows["stratum"].to_numpy(), amounts)
    return float((most / np.append(whole.budget, np.maximum(whole.caps, 1))).max())

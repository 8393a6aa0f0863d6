"""Which customers a campaign takes: so many that budget and caps are used by those who are contacted.

Who is held out costs nothing. So customers are chosen for more than the budget, but only so many that those
contacted stay within it whoever the draw holds out. The choice is made before the draw and does not depend
on it, else the arms would not be alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from serving.campaigns.allocation import allocate
from serving.campaigns.hold_out import strata, surely_held
from serving.campaigns.problem import ROUNDING, Allocation, Problem

_TRIES = 6
_LESS = 0.999


@dataclass(frozen=True)
class Limits:
    """What a campaign may cost, and the share of it that is held out.

    Attributes
    ----------
    budget : float
    caps : mapping of str to int
        Most customers contacted with an offer.
    holdout : float
        0 or more and below 1.
    """

    budget: float
    caps: Mapping[str, int]
    holdout: float


def select(pairs: pd.DataFrame, control: np.ndarray, limits: Limits) -> tuple[pd.DataFrame, Allocation]:
    """Choose the customers of all arms.

    Parameters
    ----------
    pairs : DataFrame, (n, m)
        Worthwhile rows of `serving.campaigns.candidates.Candidates`.
    control : ndarray, (n,) of bool
        Whether the row's customer is in the control group, and so is not contacted.
    limits : Limits

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
    larger = 1 / (1 - limits.holdout)
    for _ in range(_TRIES):
        allocation = allocate(_enlarged(whole, larger))
        chosen = rows.iloc[allocation.chosen].copy()
        chosen["stratum"] = strata(chosen)
        used = _most_used(chosen, whole, allocation, limits.holdout)
        if used <= 1 + ROUNDING or larger == 1.0:
            return chosen, allocation
        larger = max(1.0, larger / used * _LESS)
    return select(pairs, control, replace(limits, holdout=0.0))


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


def _most_used(chosen: pd.DataFrame, whole: Problem, allocation: Allocation, holdout: float) -> float:
    """The largest share of the budget, or of a cap, that the contacted may use, whoever is held out."""
    contacted = ~chosen["control"].to_numpy(bool)
    rows, pairs = chosen[contacted], allocation.chosen[contacted]
    held = surely_held(rows["stratum"].to_numpy(), rows["cost"].to_numpy(float), holdout)
    counts = whole.counts(pairs[~held])
    full = counts / np.maximum(whole.caps, 1)
    return max(float(whole.cost[pairs[~held]].sum()) / whole.budget, float(full.max(initial=0.0)))

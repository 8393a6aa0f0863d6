"""Who may not be contacted, and why: each reason is counted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from serving.errors import CampaignError

REASONS = ("customerID", "reason")
HOUSEHOLD = "household of: "
"""Begins the reason of who lives with somebody who is held out."""


@dataclass(frozen=True)
class Suppressed:
    """Who of some customers may not be contacted.

    Attributes
    ----------
    customers : frozenset of str
    reasons : dict of str to int
        Customers by reason, sorted by name; who has two counts in both.
    """

    customers: frozenset[str]
    reasons: dict[str, int]


def suppressed_among(customers: pd.Series, *told: pd.DataFrame) -> Suppressed:
    """Who of the customers has a reason.

    Parameters
    ----------
    customers : Series of str
    *told : DataFrame
        With REASONS; a customer may have several rows.

    Raises
    ------
    CampaignError
        A column is missing, or a value of it.
    """
    rows = pd.concat([_checked(one) for one in told], ignore_index=True).drop_duplicates()
    here = rows[rows["customerID"].isin(customers)]
    counts = {str(reason): int(n) for reason, n in here["reason"].value_counts().sort_index().items()}
    return Suppressed(frozenset(here["customerID"]), counts)


def with_households(apart: pd.DataFrame, customers: pd.DataFrame) -> pd.DataFrame:
    """The rows of customers who must be kept apart, and rows of everybody who shares a household with one.

    Parameters
    ----------
    apart : DataFrame
        With `customerID`, `household` (null where there is none) and `reason`.
    customers : DataFrame
        With `customerID` and `household`.

    Returns
    -------
    DataFrame
        With REASONS.
    """
    shared = customers[["customerID", "household"]].dropna().drop_duplicates()
    pairs = shared.merge(apart.dropna(subset="household"), on="household", suffixes=("", "_other"))
    others = pairs[~pairs["customerID"].isin(apart["customerID"])]
    spread = others.assign(reason=HOUSEHOLD + others["reason"].astype(str))
    return pd.concat([apart[list(REASONS)], spread[list(REASONS)]], ignore_index=True)


def _checked(told: pd.DataFrame) -> pd.DataFrame:
    missing = [name for name in REASONS if name not in told]
    if missing:
        raise CampaignError(f"the suppressed customers lack the column {', '.join(missing)}")
    rows = told[list(REASONS)]
    if np.any(rows.isna().to_numpy()):
        raise CampaignError("the suppressed customers have a row without a customerID or a reason; add it")
    return rows.astype(str)

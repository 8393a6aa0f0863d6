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


def suppressed_among(
    customers: pd.Series, *told: pd.DataFrame, channels: pd.Series | None = None
) -> Suppressed:
    """Who of the customers has a reason.

    Parameters
    ----------
    customers : Series of str
    *told : DataFrame
        With REASONS; a customer may have several rows. A row with a `channel` closes that one alone.
    channels : Series of str, optional
        By which channel each customer is to be contacted; without it, a row with a channel does not count.

    Raises
    ------
    CampaignError
        A column is missing, or a value of it.
    """
    rows = pd.concat([_checked(one) for one in told], ignore_index=True)
    planned = pd.DataFrame({"customerID": customers.to_numpy()})
    planned["planned"] = None if channels is None else channels.to_numpy()
    here = rows.merge(planned, on="customerID")
    here = here[here["channel"].isna() | (here["channel"] == here["planned"])]
    here = here[list(REASONS)].drop_duplicates()
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
    rows = told.reindex(columns=[*REASONS, "channel"]).astype(object)
    if np.any(rows[list(REASONS)].isna().to_numpy()):
        raise CampaignError("the suppressed customers have a row without a customerID or a reason; add it")
    return rows

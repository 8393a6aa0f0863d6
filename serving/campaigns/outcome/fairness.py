"""Who was offered something: by age, gender and time as a customer."""

from __future__ import annotations

from collections.abc import Set
from datetime import timedelta

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict

from serving.campaigns.outcome.estimate import FEWEST
from serving.campaigns.outcome.lake_rows import TICK, LakeRows
from serving.campaigns.outcome.window import Window

LEAST_RATIO = 0.8
"""A group with a smaller share of the highest rate is flagged (the four-fifths rule)."""
_BILLED = timedelta(days=62)
"""A customer's tenure is that of a bill of so many days before the campaign."""
_TENURE = {"new": (0, 12), "settled": (12, 36), "loyal": (36, np.inf)}
"""Above so many months, and up to so many; a tenure of 0 is new."""
NOT_KNOWN = "not_known"


class FairnessRow(BaseModel):
    """A group of the customers active on the first day, and what it was offered.

    `offer_rate` and `contact_rate` are shares of the group, `contact_rate` None where nobody knows who was
    contacted. `expected_profit` is the mean of those offered, None where there are none. The ratios are to
    the highest rate of the same kind, None where that is 0. `flagged`: a ratio is below LEAST_RATIO, in a
    group of at least FEWEST customers of whom it is known.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str
    group: str
    customers: int
    offered: int
    offer_rate: float
    contact_rate: float | None
    expected_profit: float | None
    offer_ratio: float | None
    contact_ratio: float | None
    flagged: bool


def groups_at(lake: LakeRows, window: Window) -> pd.DataFrame:
    """The customers active on the first day, with `customerID`, `age`, `gender` and `tenure` as groups.

    Raises
    ------
    OfflineError
        A table cannot be read.
    """
    active = lake.active(window.begin)
    bills = lake.rows("billing", window.begin - _BILLED, window.begin + TICK)
    months = active["customerID"].map(bills.groupby("customerID")["tenure"].last())
    return pd.DataFrame(
        {
            "customerID": active["customerID"],
            "age": active["SeniorCitizen"].map({0: "under_65", 1: "from_65"}).fillna(NOT_KNOWN),
            "gender": active["gender"].fillna(NOT_KNOWN),
            "tenure": _bands(months),
        }
    )


def fairness_of(groups: pd.DataFrame, planned: pd.DataFrame, contacted: Set[str] | None) -> list[FairnessRow]:
    """What each group was offered.

    Parameters
    ----------
    groups : DataFrame
        As of `groups_at`.
    planned : DataFrame
        With `customerID`, `arm` and `expected_profit`.
    contacted : set of str or None
        None if it is not known.
    """
    offered = planned[planned["arm"] == "offer"].set_index("customerID")["expected_profit"]
    rows = groups.assign(
        offered=groups["customerID"].isin(offered.index),
        contacted=groups["customerID"].isin(contacted or ()),
        profit=groups["customerID"].map(offered),
    )
    kinds = [column for column in groups if column != "customerID"]
    return [row for kind in kinds for row in _of_kind(str(kind), rows, contacted is not None)]


def _of_kind(kind: str, rows: pd.DataFrame, contacts_known: bool) -> list[FairnessRow]:
    table = rows.groupby(kind).agg(
        customers=("offered", "size"),
        offered=("offered", "sum"),
        offer_rate=("offered", "mean"),
        contact_rate=("contacted", "mean"),
        expected_profit=("profit", "mean"),
    )
    found = []
    for group, row in table.iterrows():
        offers = _ratio(row["offer_rate"], table["offer_rate"].max())
        contacts = _ratio(row["contact_rate"], table["contact_rate"].max()) if contacts_known else None
        found.append(
            FairnessRow(
                kind=kind,
                group=str(group),
                customers=int(row["customers"]),
                offered=int(row["offered"]),
                offer_rate=float(row["offer_rate"]),
                contact_rate=float(row["contact_rate"]) if contacts_known else None,
                expected_profit=None if np.isnan(row["expected_profit"]) else float(row["expected_profit"]),
                offer_ratio=offers,
                contact_ratio=contacts,
                flagged=group != NOT_KNOWN and _is_low(int(row["customers"]), offers, contacts),
            )
        )
    return found


def _is_low(customers: int, *ratios: float | None) -> bool:
    return customers >= FEWEST and any(ratio is not None and ratio < LEAST_RATIO for ratio in ratios)


def _ratio(rate: float, highest: float) -> float | None:
    return float(rate / highest) if highest else None


def _bands(months: pd.Series) -> np.ndarray:
    held = months.to_numpy(float, na_value=np.nan)
    choices = [(held > low) & (held <= high) | ((low == 0) & (held == 0)) for low, high in _TENURE.values()]
    return np.select(choices, list(_TENURE), NOT_KNOWN)

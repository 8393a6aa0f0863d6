"""What happened to a campaign's customers within its window."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

import numpy as np
import pandas as pd

from serving.campaigns.campaign_files import Campaign
from serving.campaigns.candidates import NO_OFFER
from serving.campaigns.outcome.lake_rows import VOLUNTARY, LakeRows
from serving.campaigns.outcome.window import Window

ANSWERS = ("accepted", "refused", "reached", "not reached")
"""Outcomes of a contact; of a customer's several, the first of these counts."""


@dataclass(frozen=True)
class Observed:
    """A campaign's customers and what came of them.

    Attributes
    ----------
    customers : DataFrame
        Those who were customers on the first day. The columns of the plan, and: `left` (of their own will),
        `gone` (for any reason), `revenue` (billed within the window), `score` (their last answer to a survey
        within it; null if there is none), `answer` (one of ANSWERS; null if they were not contacted), `given`
        (the lake has an offer of the campaign).
    unknown : int
        Planned customers whom the lake does not know on the first day.
    already_gone : int
        Planned customers who had left before it.
    contacts : DataFrame
        The campaign's: `customerID`, `event_timestamp` and `outcome`.
    contacts_known : bool
        Whether anything says who was contacted.
    elsewhere : frozenset of str
        Planned customers who got an offer or a contact of another campaign within the window.
    reasons_known : bool
        Whether leaving of one's own will is told apart.
    """

    customers: pd.DataFrame
    unknown: int
    already_gone: int
    contacts: pd.DataFrame
    contacts_known: bool
    elsewhere: frozenset[str]
    reasons_known: bool


def observe(
    campaign: Campaign, window: Window, lake: LakeRows, responses: pd.DataFrame | None = None
) -> Observed:
    """Join a campaign with the lake.

    Parameters
    ----------
    campaign : Campaign
    window : Window
    lake : LakeRows
    responses : DataFrame, optional
        Contacts of the campaign that the lake does not hold, as `serving.campaigns.outcome.responses` reads
        them.

    Raises
    ------
    OfflineError
        A table cannot be read.
    """
    planned, name = campaign.customers.to_pandas(), campaign.plan.name
    known = lake.known(window.begin)
    active = set(lake.active(window.begin)["customerID"])
    every = lake.rows("contacts")
    ours = every[every["campaign"] == name] if responses is None else responses
    leaves = lake.leaves(window)
    here = planned[planned["customerID"].isin(active)].reset_index(drop=True)
    return Observed(
        customers=_with_outcomes(here, leaves, lake, window, ours),
        unknown=int((~planned["customerID"].isin(known)).sum()),
        already_gone=int(planned["customerID"].isin(known - active).sum()),
        contacts=ours[["customerID", "event_timestamp", "outcome"]].reset_index(drop=True),
        contacts_known=responses is not None or not every.empty,
        elsewhere=_elsewhere(set(planned["customerID"]), name, lake, window),
        reasons_known=bool(leaves["reason"].notna().any()),
    )


def best_answers(contacts: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """The answer that counts, one row for each value of `by`, with `outcome`."""
    ranked = contacts.assign(rank=contacts["outcome"].map(ANSWERS.index)).sort_values("rank", kind="stable")
    return ranked.drop_duplicates(by)[[*by, "outcome"]]


def _with_outcomes(
    here: pd.DataFrame, leaves: pd.DataFrame, lake: LakeRows, window: Window, contacts: pd.DataFrame
) -> pd.DataFrame:
    bills = lake.bills(window).groupby("customerID")["MonthlyCharges"].sum()
    scores = lake.rows("satisfaction", window.begin, window.end).groupby("customerID")["score"].last()
    answers = best_answers(contacts, ["customerID"]).set_index("customerID")["outcome"]
    willing = leaves[leaves["reason"].fillna(VOLUNTARY) == VOLUNTARY]
    customer = here["customerID"]
    return here.assign(
        left=customer.isin(willing["customerID"]),
        gone=customer.isin(leaves["customerID"]),
        revenue=customer.map(bills).fillna(np.nan if bills.empty else 0.0).astype(float),
        score=customer.map(scores).astype(float),
        answer=customer.map(answers).astype(object),
        given=customer.isin(_given(lake, here)),
    )


def _given(lake: LakeRows, here: pd.DataFrame) -> pd.Series:
    offers = lake.rows("offers")
    ours = offers["campaign"].isin(here["campaign"].unique()) & (offers["offer"] != NO_OFFER)
    return offers.loc[ours, "customerID"]


def _elsewhere(planned: Set[str], name: str, lake: LakeRows, window: Window) -> frozenset[str]:
    """Customers with an offer or a contact of another campaign; contacts for anything else do not count."""
    offers = lake.rows("offers", window.begin, window.end)
    offers = offers[offers["offer"] != NO_OFFER]
    campaigns = set(lake.rows("offers")["campaign"])
    contacts = lake.rows("contacts", window.begin, window.end)
    contacts = contacts[contacts["campaign"].isin(campaigns)]
    rows = pd.concat([offers, contacts])
    others = rows.loc[(rows["campaign"] != name) & rows["customerID"].isin(planned), "customerID"]
    return frozenset(others)

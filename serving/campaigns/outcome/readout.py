"""The readout of a campaign: intention to treat, all who were offered something against all held out."""

from __future__ import annotations

from datetime import date
from typing import Literal

import numpy as np
import pandas as pd
from pydantic import AwareDatetime, BaseModel, ConfigDict

from serving.campaigns.campaign_files import Campaign
from serving.campaigns.candidates import Effects
from serving.campaigns.outcome.arms import compared
from serving.campaigns.outcome.doubts import Doubt, doubts_of
from serving.campaigns.outcome.fairness import FairnessRow, fairness_of, groups_at
from serving.campaigns.outcome.figures import Comparison, Figure, Verdict
from serving.campaigns.outcome.groups import Group, by_group
from serving.campaigns.outcome.lake_rows import LakeRows
from serving.campaigns.outcome.observed import Observed, observe
from serving.campaigns.outcome.response import Response, former_answers, response_of
from serving.campaigns.outcome.window import Window
from serving.campaigns.plan import ARMS, Arm
from serving.errors import CampaignError

THOUSAND = 1_000


class Readout(BaseModel):
    """How a campaign came out.

    `arms` counts the customers who are judged. `churn` is leaving of one's own will, `gone` leaving for any
    reason, `against_control` is `churn` with the control group in the place of the hold-out. `revenue`,
    `satisfaction` (of those who answered) and `profit` are means a customer; profit is the value of who
    stayed less the cost of the offer. A comparison is None where an arm has nobody. `kept` and
    `total_profit` are of all who were offered something, `kept_per_1000` and `profit_per_1000` of 1,000 of
    them. `cost` is that of the offers, as planned. `verdict` is on `churn`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1] = 1
    name: str
    model: str
    effects: Effects
    starts: date
    until: date
    data_until: AwareDatetime
    arms: dict[Arm, int]
    verdict: Verdict
    churn: Comparison | None
    gone: Comparison | None
    against_control: Comparison | None
    revenue: Comparison | None
    satisfaction: Comparison | None
    profit: Comparison | None
    cost: float
    kept: Figure | None
    kept_per_1000: Figure | None
    total_profit: Figure | None
    profit_per_1000: Figure | None
    segments: list[Group]
    offers: list[Group]
    response: Response | None
    fairness: list[FairnessRow]
    doubts: list[Doubt]


def read_out(campaign: Campaign, days: int, lake: LakeRows, responses: pd.DataFrame | None = None) -> Readout:
    """Judge a campaign.

    Parameters
    ----------
    campaign : Campaign
    days : int
        Length of its window.
    lake : LakeRows
    responses : DataFrame, optional
        As for `observe`.

    Raises
    ------
    CampaignError
        Its window is not over.
    OfflineError
        A table of the lake cannot be read.
    """
    window = Window.of(campaign.plan.starts, days)
    _check_matured(campaign, window, lake)
    observed = observe(campaign, window, lake, responses)
    customers, plan = observed.customers, campaign.plan
    churn = compared(customers, customers["left"])
    gone, profit = compared(customers, customers["gone"]), compared(customers, _profit(customers))
    counts = customers["arm"].value_counts()
    offered = int(counts.get("offer", 0))
    kept_each = gone.difference.times(-1) if gone else None
    profit_each = profit.difference if profit else None
    return Readout(
        name=plan.name,
        model=plan.model,
        effects=plan.effects,
        starts=window.starts,
        until=window.until,
        data_until=lake.data_until,
        arms={arm: int(counts.get(arm, 0)) for arm in ARMS},
        verdict=churn.verdict(less_is_better=True) if churn else "not yet known",
        churn=churn,
        gone=gone,
        against_control=compared(customers, customers["left"], against="control"),
        revenue=compared(customers, customers["revenue"]),
        satisfaction=compared(customers, customers["score"]),
        profit=profit,
        cost=float(_cost(customers).sum()),
        kept=kept_each.times(offered) if kept_each else None,
        kept_per_1000=kept_each.times(THOUSAND) if kept_each else None,
        total_profit=profit_each.times(offered) if profit_each else None,
        profit_per_1000=profit_each.times(THOUSAND) if profit_each else None,
        segments=by_group(customers, "segment"),
        offers=by_group(customers, "planned_offer"),
        response=_response(observed, lake, window),
        fairness=_fairness(observed, campaign, lake, window),
        doubts=doubts_of(observed, plan, window),
    )


def _check_matured(campaign: Campaign, window: Window, lake: LakeRows) -> None:
    if not window.matured(lake.data_until):
        raise CampaignError(
            f"campaign {campaign.plan.name} can be judged from {window.until} on: it began on "
            f"{window.starts}, its window is {window.days} days, and the lake's data end on "
            f"{lake.data_until:%Y-%m-%d}"
        )


def _cost(customers: pd.DataFrame) -> pd.Series:
    return customers["cost"].where(customers["arm"] == "offer", 0.0)


def _profit(customers: pd.DataFrame) -> pd.Series:
    """What a customer is worth who stayed, less what the offer cost."""
    return customers["value"] * np.where(customers["gone"], 0.0, 1.0) - _cost(customers)


def _response(observed: Observed, lake: LakeRows, window: Window) -> Response | None:
    if not observed.contacts_known:
        return None
    return response_of(observed.customers, former_answers(lake, before=window.begin))


def _fairness(observed: Observed, campaign: Campaign, lake: LakeRows, window: Window) -> list[FairnessRow]:
    planned = campaign.customers.select(["customerID", "arm", "expected_profit"]).to_pandas()
    contacted = set(observed.contacts["customerID"]) if observed.contacts_known else None
    return fairness_of(groups_at(lake, window), planned, contacted)

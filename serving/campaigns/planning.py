"""Planning a campaign, step by step: suppress, choose, draw, write."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from serving.campaigns.campaign_files import Campaign, check_name, planning, write_campaign
from serving.campaigns.candidates import NO_OFFER, WORDS, Candidates
from serving.campaigns.control_group import in_control
from serving.campaigns.hold_out import PARTS, Draw
from serving.campaigns.plan import ARMS, SCHEMA, Allocated, Plan
from serving.campaigns.power import smallest_fall
from serving.campaigns.problem import Allocation
from serving.campaigns.running import kept_apart
from serving.campaigns.selection import Limits, select
from serving.campaigns.suppression import Suppressed, suppressed_among, with_households
from serving.errors import CampaignError
from serving.settings import CampaignSettings

CONTROL = "control group"
MOST_HELD_OUT = 0.5


@dataclass(frozen=True)
class Request:
    """What is asked for.

    Attributes
    ----------
    name : str
    starts : date
    limits : Limits
    holdout : float
        Share that is held out, 0 to MOST_HELD_OUT, in thousandths.
    seed : int
    """

    name: str
    starts: date
    limits: Limits
    holdout: float
    seed: int = 0

    @property
    def draw(self) -> Draw:
        """How the hold-out is drawn."""
        return Draw(self.holdout, self.name, self.seed)

    def check(self, offers: list[str]) -> None:
        """Refuse what cannot be planned.

        Parameters
        ----------
        offers : list of str
            Those that there are.

        Raises
        ------
        CampaignError
        """
        limits = self.limits
        if not (limits.budget > 0 and np.isfinite(limits.budget)):
            raise CampaignError(f"--budget {limits.budget:g}: give an amount above 0")
        if not 0 <= self.holdout <= MOST_HELD_OUT:
            raise CampaignError(f"--holdout {self.holdout:g}: give a share from 0 to {MOST_HELD_OUT}")
        if abs(self.holdout * PARTS - round(self.holdout * PARTS)) > 1e-6:
            raise CampaignError(f"--holdout {self.holdout:g}: give at most three decimals")
        for name, most in limits.caps.items():
            if name not in offers:
                raise CampaignError(
                    f"--cap {name}={most}: there is no such offer; there is {', '.join(offers)}"
                )
            if most < 0:
                raise CampaignError(f"--cap {name}={most}: give a number of customers, 0 or more")


def plan_campaign(
    request: Request,
    candidates: Candidates,
    suppressed: pd.DataFrame,
    settings: CampaignSettings,
    folder: Path,
) -> Campaign:
    """Plan a campaign and write it, hold-out and all, before any list of it is exported.

    Parameters
    ----------
    request : Request
    candidates : Candidates
    suppressed : DataFrame
        With `customerID` and `reason`: who may not be contacted by anybody.
    settings : CampaignSettings
    folder : Path
        Of all campaigns.

    Raises
    ------
    CampaignError
        The name is taken, a number is out of its range, nobody is left to be offered anything, or another
        campaign is being planned. Nothing is written then.
    """
    request.check(candidates.offers)
    with planning(folder):
        check_name(folder, request.name)
        apart = _suppressed(request, candidates, suppressed, settings, folder)
        pairs = _left(candidates, apart, request)
        control = in_control(pairs["customerID"], settings.control_key, settings.control_share)
        chosen, allocation = select(pairs, control, request.limits, request.draw)
        if chosen.empty:
            raise CampaignError(
                f"campaign {request.name}: budget and caps are too small for one customer; raise them"
            )
        rows = _with_arms(chosen, request, settings).reset_index(drop=True)
        plan = _facts(request, candidates, settings, apart, pairs, rows, allocation)
        campaign = Campaign(plan, _table(rows, candidates))
        write_campaign(folder, campaign)
    return campaign


def _suppressed(
    request: Request,
    candidates: Candidates,
    suppressed: pd.DataFrame,
    settings: CampaignSettings,
    folder: Path,
) -> Suppressed:
    """Everybody who may not be chosen. The control group may: it is compared with those contacted."""
    customers = candidates.frame[["customerID", "household"]].drop_duplicates("customerID")
    controlled = in_control(customers["customerID"], settings.control_key, settings.control_share)
    control = customers[controlled].assign(reason=CONTROL)
    housemates = with_households(control, customers)
    housemates = housemates[housemates["reason"] != CONTROL]
    running = with_households(kept_apart(folder, request.starts), customers)
    return suppressed_among(customers["customerID"], suppressed, housemates, running)


def _left(candidates: Candidates, apart: Suppressed, request: Request) -> pd.DataFrame:
    """Rows of customers who may be offered something that is worth it."""
    pairs = candidates.worthwhile()
    left = pairs[~pairs["customerID"].isin(apart.customers)]
    if left.empty:
        counted = ", ".join(f"{reason} {n:,}" for reason, n in apart.reasons.items()) or "nobody suppressed"
        raise CampaignError(
            f"campaign {request.name}: nobody is left to be offered anything, so nothing is written. "
            f"{pairs['customerID'].nunique():,} of {candidates.frame['customerID'].nunique():,} customers "
            f"have an offer that is expected to pay; {counted}"
        )
    return left


def _with_arms(chosen: pd.DataFrame, request: Request, settings: CampaignSettings) -> pd.DataFrame:
    """The chosen customers with their arm and its chance; offers are told from no offer, whatever the arm."""
    free = chosen[~chosen["control"].to_numpy(bool)]
    held = request.draw.held_out(free["customerID"], free["stratum"].to_numpy())
    held_out = chosen["customerID"].isin(free["customerID"][held]).to_numpy()
    arm = np.where(chosen["control"], "control", np.where(held_out, "holdout", "offer"))
    chances = {"offer": 1 - request.holdout, "holdout": request.holdout, "control": settings.control_share}
    return chosen.assign(
        arm=arm,
        planned_offer=chosen["offer"],
        offer=chosen["offer"].where(arm == "offer", NO_OFFER),
        probability_of_arm=[chances[one] for one in arm],
        campaign=request.name,
    )


def _table(rows: pd.DataFrame, candidates: Candidates) -> pa.Table:
    """One row per customer, in words; who is not contacted has no message and no channel."""
    words = candidates.words(rows[["customerID", "planned_offer"]].rename(columns={"planned_offer": "offer"}))
    if len(words) != len(rows):
        raise CampaignError(f"{len(rows)} customers were asked words for, and {len(words)} came; report this")
    told = words[list(WORDS)].reset_index(drop=True)
    for name in ("channel", "message_es", "message_en"):
        told.loc[rows["arm"] != "offer", name] = None
    whole = pd.concat([rows, told], axis=1).sort_values("customerID")
    return pa.Table.from_pandas(whole[SCHEMA.names], SCHEMA, preserve_index=False)


def _facts(
    request: Request,
    candidates: Candidates,
    settings: CampaignSettings,
    apart: Suppressed,
    pairs: pd.DataFrame,
    rows: pd.DataFrame,
    allocation: Allocation,
) -> Plan:
    contacted = rows[rows["arm"] == "offer"]
    counts = rows["arm"].value_counts()
    arms = {arm: int(counts.get(arm, 0)) for arm in ARMS}
    churn = float(rows["probability"].mean())
    visible = 0 < churn < 1
    return Plan(
        format=1,
        name=request.name,
        seed=request.seed,
        starts=request.starts,
        ends=request.starts + timedelta(days=settings.days),
        planned_at=datetime.now(UTC),
        model=candidates.model,
        effects=candidates.effects,
        budget=request.limits.budget,
        holdout=request.holdout,
        control_share=settings.control_share,
        caps=dict(request.limits.caps),
        considered=candidates.frame["customerID"].nunique(),
        suppressed=len(apart.customers),
        reasons=apart.reasons,
        worthwhile=pairs["customerID"].nunique(),
        arms=arms,
        offers={str(name): int(n) for name, n in contacted["offer"].value_counts().sort_index().items()},
        expected_cost=float(contacted["cost"].sum()),
        expected_profit=float(contacted["expected_profit"].sum()),
        churn=churn,
        expected_fall=float(rows["effect"].sum() / rows["probability"].sum()) if churn else 0.0,
        smallest_fall=smallest_fall(churn, arms["offer"], arms["holdout"]) if visible else None,
        allocation=Allocated(
            method=allocation.method, profit=allocation.profit, bound=allocation.bound, gap=allocation.gap
        ),
    )

"""Request and answer of ``/campaigns``."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from serving.campaigns.outcome.readout import Readout
from serving.campaigns.plan import Arm, Plan
from serving.decision.verdict import EffectKind
from serving.http.schemas.readout_answer import ReadoutAnswer, Words
from serving.http.schemas.request_base import StrictRequest
from serving.language.catalogue import LanguageCode
from serving.scoring.answer_base import Answer

State = Literal["planned", "running", "over", "read_out"]


class CampaignsRequest(StrictRequest):
    """The body of ``/campaigns``."""

    language: LanguageCode = Field(default="en", description="of names, verdicts and warnings")


class PlannedOffer(Answer):
    """How many customers get an offer."""

    key: str = Field(description="in the playbook")
    name: str = Field(description="in `language`; the key if the playbook no longer has the offer")
    customers: int


class CampaignAnswer(Answer):
    """One campaign as it was planned. Amounts are in the currency of the charges."""

    name: str
    state: State
    planned_at: datetime = Field(description="UTC")
    starts: date = Field(description="the first day")
    ends: date = Field(description="the day after the last")
    model: str = Field(description="exact tag of the model that it was planned with")
    effects: EffectKind
    customers: dict[Arm, int] = Field(description="by arm")
    offers: list[PlannedOffer]
    budget: float
    expected_cost: float
    expected_profit: float
    churn: float = Field(description="mean probability of leaving without an offer")
    expected_fall: float = Field(description="of churn, as a share of it")
    smallest_fall: float | None = Field(description="that it can see; null if it can see none")
    readout: ReadoutAnswer | None

    @classmethod
    def told(
        cls, name: str, plan: Plan, readout: Readout | None, today: date, words: Words
    ) -> CampaignAnswer:
        """Make it of a plan, and of a readout if there is one."""
        offers = [
            PlannedOffer.of(key=key, name=words.offer(key), customers=customers)
            for key, customers in plan.offers.items()
        ]
        own = {
            "name": name,
            "state": _state(plan, readout, today),
            "customers": plan.arms,
            "offers": offers,
            "readout": ReadoutAnswer.told(readout, words),
        }
        values = vars(plan) | own
        return cls.of(**{field: values[field] for field in cls.model_fields})


class UnreadableCampaign(Answer):
    """A campaign of which a file cannot be read."""

    name: str
    message: str


class CampaignsAnswer(Answer):
    """The answer of ``/campaigns``. If only the readout of a campaign is unreadable, both lists have it."""

    campaigns: list[CampaignAnswer] = Field(description="the last to start first")
    unreadable: list[UnreadableCampaign]
    today: date = Field(description="UTC; the states are of this day")
    language: LanguageCode
    request_id: str


def _state(plan: Plan, readout: Readout | None, today: date) -> State:
    if readout is not None:
        return "read_out"
    if today < plan.starts:
        return "planned"
    return "running" if today < plan.ends else "over"

"""Requests and answers about the at-risk list, the segments and the history of decisions."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, JsonValue, StringConstraints

from serving.at_risk.selection import SortKey
from serving.decision.verdict import EffectKind
from serving.http.schemas.request_base import StrictRequest, Whole, as_whole
from serving.language.catalogue import LanguageCode
from serving.model.roles import Mode
from serving.model.scorer import Band
from serving.scoring.answer_base import Answer
from serving.scoring.answers import UnknownShare

_Text = Annotated[str, StringConstraints(min_length=1, max_length=100)]
_Segment = Annotated[int, Field(ge=0, le=10**9), BeforeValidator(as_whole)]
_Charge = Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)]


class AtRiskCsvRequest(StrictRequest):
    """The body of ``/at_risk_csv``: filters, all of which a customer must meet, and an order."""

    segment: _Segment | None = Field(default=None, description="id of a segment")
    contract: _Text | None = None
    band: Band | None = None
    min_charge: _Charge | None = Field(default=None, description="monthly charges, from here on")
    max_charge: _Charge | None = Field(default=None, description="monthly charges, below this")
    contact: bool | None = Field(default=None, description="whether the decision is to contact")
    include_left: bool = Field(default=False, description="list those too who are marked as having left")
    include_unscored: bool = Field(
        default=False, description="list those too of whom too little is known for a score"
    )
    sort: SortKey = "probability"
    descending: bool = True
    language: LanguageCode = Field(default="en", description="of the decisions' words")


class AtRiskRequest(AtRiskCsvRequest):
    """The body of ``/at_risk``."""

    limit: Whole = Field(default=50, ge=1, le=1000, description="most rows")
    offset: Whole = Field(default=0, ge=0, le=10**9, description="rows before the first")


class AtRiskRow(Answer):
    """One customer of the list. One of whom too little is known has neither probability, band nor segment."""

    customerID: str
    probability: float | None
    band: Band | None
    segment_id: int | None
    segment: str | None
    contract: str | None
    monthly_charges: float | None
    tenure: int | None
    left: bool
    unknown_share: UnknownShare
    contact: bool
    offer: str | None = Field(description="key of the offer in the playbook; null without a contact")
    expected_profit: float | None = Field(description="in the currency of the charges")
    why: str = Field(description="of the decision, in the language asked for")
    effect: EffectKind
    threshold: float | None


class ListedSegment(Answer):
    """A segment that somebody of the list is in."""

    id: int
    name: str


class AtRiskFilters(Answer):
    """Values that the filters may take."""

    segments: list[ListedSegment]
    contracts: list[str]


class AtRiskAnswer(Answer):
    """The answer of ``/at_risk``."""

    rows: list[AtRiskRow]
    total: int = Field(description="customers that meet the filters")
    customers: int = Field(description="customers in the whole list, those who left among them")
    left: int = Field(description="customers who are marked as having left")
    unscored: int = Field(
        description="customers who have not left and have no score, as too little is known of them"
    )
    as_of: datetime = Field(description="the scoring date, UTC")
    age_days: float = Field(description="days from the scoring date until now, or until the setting as_of")
    written: datetime = Field(description="when the list was written, UTC")
    model: str = Field(description="exact tag of the model that scored")
    other_model: bool = Field(description="whether that is another model than the one that is served")
    too_old: bool = Field(description="whether the scores are older than max_scores_age_days")
    current: bool = Field(description="whether neither is so")
    filters: AtRiskFilters
    request_id: str


class SegmentsRequest(StrictRequest):
    """The body of ``/segments``."""

    language: LanguageCode = Field(default="en", description="of the labels")


class ListedOffer(Answer):
    """An offer of the playbook."""

    key: str
    name: str = Field(description="in `language`")


class SegmentProfile(Answer):
    """One segment, as training saw it."""

    id: int
    name: str = Field(description="as scores name it")
    label: str = Field(description="the name in `language`")
    profile: dict[str, JsonValue] = Field(
        description="rows, share, churn_rate, means of numbers, shares of categories"
    )
    offers: list[ListedOffer] | None = Field(
        description="that the playbook allows this segment today; null without a playbook"
    )


class SegmentsAnswer(Answer):
    """The answer of ``/segments``."""

    segments: list[SegmentProfile]
    language: LanguageCode
    model: str
    request_id: str


class HistoryRequest(StrictRequest):
    """The body of ``/history``: an empty object."""


class ChampionMade(Answer):
    """One promotion or roll-back."""

    number: int
    action: Literal["promote", "rollback"]
    tag: str
    who: str
    why: str
    overruled: tuple[str, ...] = Field(description="checks that failed and were overruled by force")
    when: datetime = Field(description="UTC")


class ChallengeMade(Answer):
    """One challenge, or its withdrawal."""

    number: int
    action: Literal["challenge", "withdraw"]
    tag: str
    mode: Mode | None = Field(description="null of a withdrawal")
    share: float | None = Field(description="of the customers, in mode split")
    who: str
    why: str
    when: datetime = Field(description="UTC")


class HistoryAnswer(Answer):
    """The answer of ``/history``; both lists are empty in a built Bento."""

    champions: list[ChampionMade] = Field(description="newest first")
    challenges: list[ChallengeMade] = Field(description="newest first")
    served: str = Field(description="exact tag of the model that is served")
    challenger: str | None = Field(description="exact tag of the challenger in service; null without one")
    request_id: str


def selection_of(asked: Any) -> dict[str, Any]:
    """The part of a request that `serving.at_risk.selection.Selection` takes."""
    return {name: getattr(asked, name) for name in AtRiskCsvRequest.model_fields if name != "language"}

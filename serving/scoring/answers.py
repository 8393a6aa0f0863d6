"""Answers about customers: scores, reasons, what-ifs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from serving.decision.verdict import EffectKind
from serving.model.roles import Role
from serving.model.scorer import Band
from serving.scoring.answer_base import Answer
from serving.scoring.error_detail import ErrorDetail


class Segment(Answer):
    """The customer's segment."""

    id: int
    name: str


class ViewReport(Answer):
    """When the values of one feature view were true."""

    event_timestamp: datetime | None = Field(description="UTC; null when the view has no row of the customer")
    fresh: bool = Field(description="whether there is a row, and it is within the view's time to live")


class FeatureReport(Answer):
    """What stood behind a score. A feature that is missing, null or expired was filled in by the encoder."""

    views: dict[str, ViewReport]
    missing: list[str] = Field(description="features of views that have no row of the customer")
    null: list[str] = Field(description="features whose row is there and has no value")
    expired: list[str] = Field(description="features whose row is older than the view's time to live")


UnknownShare = Annotated[
    float | None,
    Field(
        ge=0,
        le=1,
        description="share of the model's weight that lies on features that are missing, null or expired; "
        "null where one is and the model has no weights",
    ),
]


LearnedUntil = Annotated[
    datetime | None,
    Field(
        description="UTC; end of the edition of the base that the model learned from, null if its card does "
        "not say"
    ),
]


class ReasonAnswer(Answer):
    """One feature's part in a probability: what the model heeds, not what causes what."""

    feature: str
    value: str | int | float | None = Field(
        description="what the customer has there; null when it is missing"
    )
    points: float = Field(description="percentage points that it moves the probability, one decimal")
    text: str


class DecisionAnswer(Answer):
    """Whom to contact with what; see docs/decisions.md."""

    contact: bool
    offer: str | None = Field(description="key of the offer in the playbook; null without a contact")
    offer_name: str | None = Field(description="the offer's name in the language asked for")
    why: str = Field(description="in the language asked for")
    effect: EffectKind = Field(description="whether past campaigns measured it, or the playbook assumes it")
    threshold: float | None = Field(
        ge=0, le=1, description="probability from which training's rule contacts a customer; null: nobody"
    )
    expected_profit: float = Field(description="of the offer, in the currency of the charges; 0 without one")


class Found(Answer):
    """One customer's score."""

    customerID: str
    probability: float = Field(ge=0, le=1, description="calibrated probability of leaving")
    band: Band
    segment: Segment
    decision: DecisionAnswer
    unknown_share: UnknownShare
    features: FeatureReport
    values: dict[str, str | int | float | None] | None = Field(
        default=None,
        exclude_if=lambda value: value is None,
        description="feature to value, null for none; only if asked for",
    )
    reasons: list[ReasonAnswer] | None = Field(
        default=None,
        exclude_if=lambda value: value is None,
        description="the strongest first; only if asked for",
    )


class Failed(Answer):
    """Why one customer of many has no score."""

    customerID: str
    error: ErrorDetail


class Answered(Found):
    """One customer's score, and who gave it."""

    model: str = Field(description="exact tag of the model that answered")
    role: Role = Field(description="what the model was when it answered")


class ScoreAnswer(Answered):
    """The answer of ``/score``."""

    feature_service: str
    learned_until: LearnedUntil
    request_id: str


class ScoreManyAnswer(Answer):
    """The answer of ``/score_many``: one result a customerID, in the order asked, duplicates kept."""

    results: list[Found | Answered | Failed] = Field(
        description="while customers are split, each score says by which model it is"
    )
    found: int
    failed: int
    model: str = Field(description="exact tag of the champion, which answered unless a result says otherwise")
    role: Role
    feature_service: str
    learned_until: LearnedUntil
    request_id: str


class ChangedFeature(Answer):
    """A feature that a what-if changes, or that follows from what it changes."""

    feature: str
    before: str | int | float | None
    after: str | int | float | None


class Standing(Answer):
    """Where a customer stands, before or after the changes of a what-if."""

    probability: float = Field(ge=0, le=1, description="calibrated probability of leaving")
    band: Band
    segment: Segment


class Compared(Answer):
    """One customer as it is and with other values."""

    customerID: str
    changes: list[ChangedFeature] = Field(description="what was asked for, and what follows from it")
    before: Standing = Field(description="as /score tells it")
    after: Standing
    difference_points: float = Field(description="probability after less before, in percentage points")
    note: str = Field(description="that this is the model's view, in the language asked for")
    unknown_share: UnknownShare
    features: FeatureReport


class WhatIfAnswer(Compared):
    """The answer of ``/what_if``."""

    model: str = Field(description="exact tag of the model that answered")
    role: Role = Field(description="what the model was when it answered")
    feature_service: str
    learned_until: LearnedUntil
    request_id: str

"""What a request may say and what an answer says, as pydantic models; OpenAPI is made from them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, create_model

from serving.language.catalogue import LanguageCode
from serving.model.card import ModelCard
from serving.model.card_text import Section
from serving.model.metadata import Arm
from serving.model.pointers import Mode
from serving.model.registry import Role
from serving.model.scorer import Band
from serving.model.signature import Kind
from serving.model.thresholds import Thresholds
from serving.settings import Settings, whole

ErrorCode = Literal[
    "malformed_request",
    "body_too_large",
    "impossible_change",
    "request_timeout",
    "unauthorized",
    "too_busy",
    "unknown_path",
    "wrong_method",
    "unknown_customer",
    "no_scores",
    "expired_features",
    "unusable_features",
    "store_unavailable",
    "not_ready",
    "timeout",
    "internal_error",
]


MOST_REASONS = 20
MOST_CHANGES = 20
MAX_TEXT = 100
"""Longest feature name or value, in characters, that a what-if reads."""

_Optional = Annotated[str | None, Field(exclude_if=lambda value: value is None)]


class StrictRequest(BaseModel):
    """An object of the named fields and no others, each of its own JSON type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def _as_whole(value: object) -> object:
    """JSON has one kind of number, and 25.0 is a whole one."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Whole = Annotated[int, BeforeValidator(_as_whole)]


class Answer(BaseModel):
    """What every answer and every part of one is made from."""

    model_config = ConfigDict(frozen=True, ser_json_inf_nan="constants")  # see finite_json

    @classmethod
    def of(cls, **values: Any) -> Self:
        """Make an answer of values that are right already, in a fifth of `model_construct`'s time.

        Every field must be given: a thousand times in one request, defaults and checks would be most of it.
        """
        answer = cls.__new__(cls)
        for name, value in (
            ("__dict__", values),
            ("__pydantic_fields_set__", values.keys()),
            ("__pydantic_extra__", None),
            ("__pydantic_private__", None),
        ):
            object.__setattr__(answer, name, value)
        return answer


class ErrorDetail(Answer):
    """What went wrong, for the one who can act on it."""

    code: ErrorCode
    message: str
    field: _Optional = Field(default=None, description="the part of the request that is wrong")
    customerID: _Optional = None
    request_id: _Optional = None


class ErrorAnswer(Answer):
    """The body of every answer that is not 200."""

    error: ErrorDetail


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


class ReasonTold(Answer):
    """One feature's part in a probability: what the model heeds, not what causes what."""

    feature: str
    value: str | int | float | None = Field(
        description="what the customer has there; null when it is missing"
    )
    points: float = Field(description="percentage points that it moves the probability, one decimal")
    text: str


class Found(Answer):
    """One customer's score."""

    customerID: str
    probability: float = Field(ge=0, le=1, description="calibrated probability of leaving")
    band: Band
    segment: Segment
    features: FeatureReport
    values: dict[str, str | int | float | None] | None = Field(
        default=None,
        exclude_if=lambda value: value is None,
        description="feature to value, null for none; only if asked for",
    )
    reasons: list[ReasonTold] | None = Field(
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


class WhatIfAnswer(Answer):
    """The answer of ``/what_if``."""

    customerID: str
    changes: list[ChangedFeature] = Field(description="what was asked for, and what follows from it")
    before: Standing = Field(description="as /score tells it")
    after: Standing
    difference_points: float = Field(description="probability after less before, in percentage points")
    note: str = Field(description="that this is the model's view, in the language asked for")
    features: FeatureReport
    model: str = Field(description="exact tag of the model that answered")
    role: Role = Field(description="what the model was when it answered")
    feature_service: str
    request_id: str


class ChangeableFeature(Answer):
    """A feature that a what-if may change, and to what."""

    feature: str
    kind: Kind
    values: list[str] | None = Field(description="of a category: the values that the model knows")
    minimum: float | None = Field(description="of a number")
    maximum: float | None = Field(description="of a number")
    whole: bool = Field(description="whether it is a whole number")


class SignatureFeature(Answer):
    """One feature that the model asks for."""

    name: str
    type: str = Field(description="Feast type that its value is cast to")
    view: str = Field(description="feature view that holds it")


class ModelSignature(Answer):
    """What the model asks of the online store, in the model's own order."""

    fingerprint: str = Field(description="sha256 of the feature service")
    features: list[SignatureFeature]
    ttl_seconds: dict[str, int] = Field(description="time to live of each view; 0 is for ever")


class ModelFacts(Answer):
    """What is known of the model that is served."""

    model: str = Field(description="exact tag of the model")
    registered: datetime = Field(description="UTC")
    base: str = Field(description="base that it was trained on, and serves")
    arm: Arm
    feature_service: str
    signature: ModelSignature
    changeable: list[ChangeableFeature] = Field(description="what /what_if may change, and to what")
    thresholds: Thresholds
    card: ModelCard = Field(description="the model card as it was registered")
    language: LanguageCode
    text: tuple[Section, ...] = Field(description="the card and the thresholds as sentences in `language`")


class ModelRequest(StrictRequest):
    """The body of ``/model``."""

    language: LanguageCode = Field(default="en", description="of the card's sentences")


class ChallengerTold(Answer):
    """The challenger in service."""

    model: str = Field(description="exact tag")
    mode: Mode
    share: float | None = Field(description="of the customers; null in mode shadow")


class ReadyAnswer(Answer):
    """The answer of ``/readyz`` when model and store are usable."""

    ready: Literal[True] = True
    model: _Optional = None
    base: _Optional = None
    challenger: Annotated[ChallengerTold | None, Field(exclude_if=lambda value: value is None)] = None
    notices: Annotated[tuple[str, ...], Field(exclude_if=lambda value: not value)] = Field(
        default=(), description="what somebody should look at, though the service answers"
    )


class _Explained(StrictRequest):
    reasons: Whole = Field(default=0, ge=0, le=MOST_REASONS, description="how many reasons to tell")
    language: LanguageCode = Field(default="en", description="of the reasons")


_FeatureName = Annotated[str, StringConstraints(min_length=1, max_length=MAX_TEXT)]
_NewValue = (
    Annotated[str, StringConstraints(max_length=MAX_TEXT)]
    | Annotated[int, Field(ge=-(10**15), le=10**15)]
    | Annotated[float, Field(allow_inf_nan=False)]
)


class _Changes(StrictRequest):
    changes: dict[_FeatureName, _NewValue] = Field(
        max_length=MOST_CHANGES, description="feature to new value"
    )
    language: LanguageCode = Field(default="en", description="of the note")


def score_request(settings: Settings) -> type[BaseModel]:
    """Model of the body of ``/score``, with the bounds that the settings give."""
    told = Field(default=False, description="whether to tell the values of the features")
    return create_model(
        "ScoreRequest", __base__=_Explained, customerID=(_customer_id(settings), ...), values=(bool, told)
    )


def score_many_request(settings: Settings) -> type[BaseModel]:
    """Model of the body of ``/score_many``, with the bounds that the settings give."""
    several: Any = Annotated[
        list[_customer_id(settings)],  # type: ignore[misc]  # a type made of settings
        Field(min_length=1, max_length=settings.max_customer_ids),
    ]
    return create_model("ScoreManyRequest", __base__=_Explained, customerIDs=(several, ...))


def what_if_request(settings: Settings) -> type[BaseModel]:
    """Model of the body of ``/what_if``, with the bounds that the settings give."""
    return create_model("WhatIfRequest", __base__=_Changes, customerID=(_customer_id(settings), ...))


def _customer_id(settings: Settings) -> Any:
    constraints = StringConstraints(
        strict=True,
        min_length=1,
        max_length=settings.customer_id_max_length,
        pattern=whole(settings.customer_id_pattern),
    )
    return Annotated[str, constraints]

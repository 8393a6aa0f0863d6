"""What a request may say and what an answer says, as pydantic models; OpenAPI is made from them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, create_model

from serving.language.catalogue import LanguageCode
from serving.model.card import ModelCard
from serving.model.card_text import Section
from serving.model.metadata import Arm
from serving.model.scorer import Band
from serving.model.thresholds import Thresholds
from serving.settings import Settings, whole

ErrorCode = Literal[
    "malformed_request",
    "body_too_large",
    "request_timeout",
    "unknown_path",
    "wrong_method",
    "unknown_customer",
    "expired_features",
    "unusable_features",
    "store_unavailable",
    "not_ready",
    "internal_error",
]


_Optional = Annotated[str | None, Field(exclude_if=lambda value: value is None)]


class _Strict(BaseModel):
    """An object of the named fields and no others, each of its own JSON type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True)

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


class ErrorDetail(_Answer):
    """What went wrong, for the one who can act on it."""

    code: ErrorCode
    message: str
    field: _Optional = Field(default=None, description="the part of the request that is wrong")
    customerID: _Optional = None
    request_id: _Optional = None


class ErrorAnswer(_Answer):
    """The body of every answer that is not 200."""

    error: ErrorDetail


class Segment(_Answer):
    """The customer's segment."""

    id: int
    name: str


class ViewReport(_Answer):
    """When the values of one feature view were true."""

    event_timestamp: datetime | None = Field(description="UTC; null when the view has no row of the customer")
    fresh: bool = Field(description="whether there is a row, and it is within the view's time to live")


class FeatureReport(_Answer):
    """What stood behind a score. A feature that is missing, null or expired was filled in by the encoder."""

    views: dict[str, ViewReport]
    missing: list[str] = Field(description="features of views that have no row of the customer")
    null: list[str] = Field(description="features whose row is there and has no value")
    expired: list[str] = Field(description="features whose row is older than the view's time to live")


class Found(_Answer):
    """One customer's score."""

    customerID: str
    probability: float = Field(ge=0, le=1, description="calibrated probability of leaving")
    band: Band
    segment: Segment
    features: FeatureReport


class Failed(_Answer):
    """Why one customer of many has no score."""

    customerID: str
    error: ErrorDetail


class ScoreAnswer(Found):
    """The answer of ``/score``."""

    model: str = Field(description="exact tag of the model")
    feature_service: str
    request_id: str


class ScoreManyAnswer(_Answer):
    """The answer of ``/score_many``: one result a customerID, in the order asked, duplicates kept."""

    results: list[Found | Failed]
    found: int
    failed: int
    model: str = Field(description="exact tag of the model")
    feature_service: str
    request_id: str


class SignatureFeature(_Answer):
    """One feature that the model asks for."""

    name: str
    type: str = Field(description="Feast type that its value is cast to")
    view: str = Field(description="feature view that holds it")


class ModelSignature(_Answer):
    """What the model asks of the online store, in the model's own order."""

    fingerprint: str = Field(description="sha256 of the feature service")
    features: list[SignatureFeature]
    ttl_seconds: dict[str, int] = Field(description="time to live of each view; 0 is for ever")


class ModelFacts(_Answer):
    """What is known of the model that is served."""

    model: str = Field(description="exact tag of the model")
    registered: datetime = Field(description="UTC")
    base: str = Field(description="base that it was trained on, and serves")
    arm: Arm
    feature_service: str
    signature: ModelSignature
    thresholds: Thresholds
    card: ModelCard = Field(description="the model card as it was registered")
    language: LanguageCode
    text: tuple[Section, ...] = Field(description="the card and the thresholds as sentences in `language`")


class ModelAnswer(ModelFacts):
    """The answer of ``/model``."""

    request_id: str


class ModelRequest(_Strict):
    """The body of ``/model``."""

    language: LanguageCode = Field(default="en", description="of the card's sentences")


class ReadyAnswer(_Answer):
    """The answer of ``/readyz`` when model and store are usable."""

    ready: Literal[True] = True
    model: str
    base: str


def score_request(settings: Settings) -> type[BaseModel]:
    """Model of the body of ``/score``, with the bounds that the settings give."""
    return create_model("ScoreRequest", __base__=_Strict, customerID=(_customer_id(settings), ...))


def score_many_request(settings: Settings) -> type[BaseModel]:
    """Model of the body of ``/score_many``, with the bounds that the settings give."""
    several: Any = Annotated[
        list[_customer_id(settings)],  # type: ignore[misc]  # a type made of settings
        Field(min_length=1, max_length=settings.max_customer_ids),
    ]
    return create_model("ScoreManyRequest", __base__=_Strict, customerIDs=(several, ...))


def _customer_id(settings: Settings) -> Any:
    constraints = StringConstraints(
        strict=True,
        min_length=1,
        max_length=settings.customer_id_max_length,
        pattern=whole(settings.customer_id_pattern),
    )
    return Annotated[str, constraints]

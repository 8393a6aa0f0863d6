"""The facts of a model that is in service."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from serving.card.card import ModelCard
from serving.card.card_text import Section
from serving.card.metadata import Arm
from serving.card.thresholds import Thresholds
from serving.language.catalogue import LanguageCode
from serving.model.signature import Kind
from serving.scoring.answer_base import Answer


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

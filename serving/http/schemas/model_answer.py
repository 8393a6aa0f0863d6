"""Request and answer of ``/model``: facts about the champion and its challenger."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from pydantic import Field

from serving.card.card import DataWindow, Figures
from serving.card.metadata import Arm
from serving.http.schemas.request_base import StrictRequest
from serving.language.catalogue import LanguageCode
from serving.model.roles import Mode
from serving.scoring.answer_base import Answer
from serving.scoring.model_schemas import ModelFacts
from serving.scoring.served import Challenge, Served
from serving.settings import Bands


class ModelRequest(StrictRequest):
    """The body of ``/model``."""

    language: LanguageCode = Field(default="en", description="of the card's sentences")


class ChallengerFacts(Answer):
    """What is known of the challenger in service, to be laid beside the champion."""

    model: str = Field(description="exact tag")
    mode: Mode = Field(description="shadow: never answered with; split: answers for a share of the customers")
    share: float | None = Field(description="of the customers; null in mode shadow")
    registered: datetime = Field(description="UTC")
    arm: Arm
    figures: Figures
    same_data: bool = Field(
        description="whether it was judged on a dataset of the same base, dates and rows as the champion"
    )

    @classmethod
    def beside(cls, champion: ModelFacts, challenge: Challenge, language: LanguageCode) -> Self:
        """A challenger's facts, compared with the champion's."""
        facts = challenge.served.facts[language]
        return cls(
            model=facts.model,
            mode=challenge.mode,
            share=challenge.share,
            registered=facts.registered,
            arm=facts.arm,
            figures=facts.card.figures,
            same_data=_rows_of(facts.card.data) == _rows_of(champion.card.data),
        )


class ModelAnswer(ModelFacts):
    """The answer of ``/model``."""

    bands: Bands = Field(description="where the risk bands begin")
    challenger: ChallengerFacts | None = Field(description="the challenger in service; null without one")
    as_of: datetime | None = Field(description="moment from which ages of features count; now if null")
    request_id: str


def challenger_of(served: Served, language: LanguageCode) -> ChallengerFacts | None:
    """The facts of the challenger in service, or None."""
    if served.challenge is None:
        return None
    return ChallengerFacts.beside(served.facts[language], served.challenge, language)


def _rows_of(data: DataWindow) -> DataWindow:
    """The window without its features, which do not affect the rows."""
    return data.model_copy(update={"features": ()})

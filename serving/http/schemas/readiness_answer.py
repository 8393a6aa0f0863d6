"""The answer of ``/readyz`` when the service is ready."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from serving.model.roles import Mode
from serving.scoring.answer_base import Answer, TextIfAny


class ChallengerStatus(Answer):
    """The challenger in service."""

    model: str = Field(description="exact tag")
    mode: Mode
    share: float | None = Field(description="of the customers; null in mode shadow")


class ReadyAnswer(Answer):
    """The answer of ``/readyz`` when model and store are usable."""

    ready: Literal[True] = True
    model: TextIfAny = None
    base: TextIfAny = None
    challenger: Annotated[ChallengerStatus | None, Field(exclude_if=lambda value: value is None)] = None
    notices: Annotated[tuple[str, ...], Field(exclude_if=lambda value: not value)] = Field(
        default=(), description="what somebody should look at, though the service answers"
    )

"""The reasons of an answer: how many, and in which language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from serving.explain.reason_text import reason_text, rounded
from serving.explain.reasons import reasons_of_rows
from serving.language.catalogue import LanguageCode
from serving.language.language import Language
from serving.model.churn_model import ChurnModel
from serving.scoring.answers import ReasonAnswer


@dataclass(frozen=True)
class ReasonsAsked:
    """How many reasons an answer gives, and in which language.

    Attributes
    ----------
    top : int
        How many, at least 1.
    language : LanguageCode
    """

    top: int
    language: LanguageCode

    def explain(self, model: ChurnModel, rows: Sequence[Mapping[str, object]]) -> list[list[ReasonAnswer]]:
        """The strongest reasons of each row, the strongest first."""
        language = Language(self.language)
        return [
            [
                ReasonAnswer(
                    feature=reason.feature,
                    value=reason.value,
                    points=rounded(reason.points),
                    text=reason_text(reason, language),
                )
                for reason in found
            ]
            for found in reasons_of_rows(model, rows, self.top)
        ]


def reasons_asked(asked: Any) -> ReasonsAsked | None:
    """The reasons that a request asks for, or None."""
    return ReasonsAsked(asked.reasons, asked.language) if asked.reasons else None

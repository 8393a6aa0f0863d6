"""A loaded model with its role, its challenger and its facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from serving.language.catalogue import LanguageCode
from serving.model.roles import Mode, Role
from serving.model.signature import Signature
from serving.scoring.answers import Answered, Failed, Found
from serving.scoring.model_schemas import ModelFacts
from serving.scoring.reasons_asked import ReasonsAsked
from serving.scoring.scoring import Scoring
from serving.scoring.split import in_share
from serving.scoring.what_if import WhatIf


@dataclass(frozen=True)
class Served:
    """A loaded model. A request reads it once, so that its whole answer comes from one model.

    Attributes
    ----------
    scoring : Scoring
    what_if : WhatIf
    facts : mapping of LanguageCode to ModelFacts
    role : {"champion", "challenger"}
        A pinned model counts as the champion.
    challenge : Challenge or None
        The challenger of this champion.
    unfit : str or None
        Why the loaded model must not score; None if it may.
    learned_until : datetime or None
        UTC; end of the edition that the model learned from, None if its card does not say.
    """

    scoring: Scoring
    what_if: WhatIf
    facts: Mapping[LanguageCode, ModelFacts]
    role: Role = "champion"
    challenge: Challenge | None = None
    unfit: str | None = None
    learned_until: datetime | None = None

    @property
    def tag(self) -> str:
        """Exact tag of the model."""
        return self.scoring.scorer.tag

    @property
    def signature(self) -> Signature:
        """What the model asks of the online store."""
        return self.scoring.scorer.model.signature

    @property
    def origin(self) -> dict[str, Any]:
        """Where an answer comes from: ``model``, ``role``, ``feature_service`` and ``learned_until``."""
        return {
            "model": self.tag,
            "role": self.role,
            "feature_service": self.signature.feature_service,
            "learned_until": self.learned_until,
        }

    def for_customer(self, customer_id: str) -> Served:
        """The model that answers for a customer: the challenger for its share of customers, else this one."""
        challenge = self.challenge
        if challenge is None or challenge.share is None:
            return self
        mine = in_share(customer_id, challenge.served.tag, challenge.share)
        return challenge.served if mine else self

    def many(
        self,
        customer_ids: Sequence[str],
        reasons: ReasonsAsked | None = None,
        language: LanguageCode = "en",
    ) -> list[Found | Failed]:
        """Like `Scoring.many`; in mode split, each score names its model."""
        if self.challenge is None or self.challenge.share is None:
            return self.scoring.many(customer_ids, reasons, language)
        parts: dict[str, list[str]] = {self.tag: [], self.challenge.served.tag: []}
        for customer_id in dict.fromkeys(customer_ids):
            parts[self.for_customer(customer_id).tag].append(customer_id)
        results: dict[str, Found | Failed] = {}
        for served in (self, self.challenge.served):
            mine = parts[served.tag]
            found = served.scoring.many(mine, reasons, language)
            results |= zip(mine, map(served._signed, found), strict=True)
        return [results[customer_id] for customer_id in customer_ids]

    def _signed(self, result: Found | Failed) -> Found | Failed:
        if isinstance(result, Failed):
            return result
        return Answered.of(**result.__dict__, model=self.tag, role=self.role)


@dataclass(frozen=True)
class Challenge:
    """A challenger in service.

    Attributes
    ----------
    served : Served
    mode : {"shadow", "split"}
    share : float or None
        Share of the customers, 0 < share <= 1, in mode ``split``; else None.
    """

    served: Served
    mode: Mode
    share: float | None

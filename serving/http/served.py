"""The models in service: what answers of them, and what is told of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from serving.features.online_features import OnlineFeatures
from serving.http.answer_schemas import Answered, Failed, Found
from serving.http.model_facts import model_facts
from serving.http.model_schemas import ModelFacts
from serving.http.scoring import Scoring
from serving.http.what_if import WhatIf
from serving.http.why import Why
from serving.language.catalogue import LanguageCode
from serving.live.split import in_share
from serving.model.model_format import registered_model
from serving.model.pointers import Mode
from serving.model.registry import Role
from serving.model.scorer import Scorer
from serving.model.signature import Signature
from serving.settings import Settings


@dataclass(frozen=True)
class Served:
    """A loaded model; a request takes it once, so that nothing of an answer is of another model.

    Attributes
    ----------
    scoring : Scoring
    what_if : WhatIf
    facts : mapping of {"en", "es"} to ModelFacts
    role : {"champion", "challenger"}
        A model that was pinned is told as the champion.
    challenge : Challenge or None
        Who challenges this champion.
    unfit : str or None
        Why nothing may be scored, though the model is loaded.
    """

    scoring: Scoring
    what_if: WhatIf
    facts: Mapping[LanguageCode, ModelFacts]
    role: Role = "champion"
    challenge: Challenge | None = None
    unfit: str | None = None

    @property
    def tag(self) -> str:
        """Exact tag of the model."""
        return self.scoring.scorer.tag

    @property
    def signature(self) -> Signature:
        """What the model asks of the online store."""
        return self.scoring.scorer.model.signature

    @property
    def origin(self) -> dict[str, str]:
        """What every answer says of where it comes from: ``model``, ``role`` and ``feature_service``."""
        return {**self.scoring.origin, "role": self.role}

    def for_customer(self, customer_id: str) -> Served:
        """The model that answers for a customer: the challenger for its share of them, or else this one."""
        challenge = self.challenge
        if challenge is None or challenge.share is None:
            return self
        mine = in_share(customer_id, challenge.served.tag, challenge.share)
        return challenge.served if mine else self

    def many(self, customer_ids: Sequence[str], why: Why | None = None) -> list[Found | Failed]:
        """As `Scoring.many`; while customers are split, each score says which model it is of."""
        if self.challenge is None or self.challenge.share is None:
            return self.scoring.many(customer_ids, why)
        parts: dict[str, list[str]] = {self.tag: [], self.challenge.served.tag: []}
        for customer_id in dict.fromkeys(customer_ids):
            parts[self.for_customer(customer_id).tag].append(customer_id)
        results: dict[str, Found | Failed] = {}
        for served in (self, self.challenge.served):
            mine = parts[served.tag]
            results |= zip(mine, map(served._signed, served.scoring.many(mine, why)), strict=True)
        return [results[customer_id] for customer_id in customer_ids]

    def _signed(self, result: Found | Failed) -> Found | Failed:
        if isinstance(result, Failed):
            return result
        return Answered.model_construct(None, **result.__dict__, model=self.tag, role=self.role)


@dataclass(frozen=True)
class Challenge:
    """A model that stands beside the champion.

    Attributes
    ----------
    served : Served
    mode : {"shadow", "split"}
    share : float or None
        Of the customers, in mode ``split``.
    """

    served: Served
    mode: Mode
    share: float | None


def load_served(tag: str, settings: Settings, now: Callable[[], datetime]) -> Served:
    """Load a registered model and open the online store for it.

    Parameters
    ----------
    tag : str
        Exact tag.
    settings : Settings
    now : callable
        Clock, with a time zone, from which the ages of features count.

    Raises
    ------
    UnknownModel, IntegrityError, FormatError
        If the model is not there or cannot be used.
    StoreError
        If `feature_store.yaml` names no store that can be read.
    """
    registered = registered_model(tag)
    scorer, base = Scorer(registered.load(), tag, settings.bands), registered.metadata.base
    reader = OnlineFeatures.open(registered.signature, expected_base=base, now=now)
    scoring = Scoring(scorer, reader, base=base, refuse_expired=settings.refuse_expired)
    what_if = WhatIf(scoring)
    facts = model_facts(
        tag,
        registered.created,
        registered.metadata,
        registered.signature,
        what_if.rules.changeable.values(),
    )
    return Served(scoring, what_if, facts)

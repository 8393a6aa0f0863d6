"""The model in service: what answers of it, and what is told of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from serving.features.online_features import OnlineFeatures
from serving.http.model_facts import model_facts
from serving.http.schemas import ModelFacts
from serving.http.scoring import Scoring
from serving.http.what_if import WhatIf
from serving.language.catalogue import LanguageCode
from serving.model.model_format import load_metadata, load_model
from serving.model.scorer import Scorer
from serving.model.store import registered_at, stored
from serving.settings import Settings


@dataclass(frozen=True)
class Served:
    """A loaded model; a request takes it once, so that nothing of an answer is of another model.

    Attributes
    ----------
    scoring : Scoring
    what_if : WhatIf
    facts : mapping of {"en", "es"} to ModelFacts
    """

    scoring: Scoring
    what_if: WhatIf
    facts: Mapping[LanguageCode, ModelFacts]


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
    scorer = Scorer(load_model(tag), tag, settings.bands)
    metadata, signature = load_metadata(tag), scorer.model.signature
    reader = OnlineFeatures.open(signature, expected_base=metadata.base, now=now)
    scoring = Scoring(scorer, reader, base=metadata.base, refuse_expired=settings.refuse_expired)
    what_if = WhatIf(scoring)
    registered, changeable = registered_at(stored(tag)), what_if.rules.changeable.values()
    return Served(scoring, what_if, model_facts(tag, registered, metadata, signature, changeable))

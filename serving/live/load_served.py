"""Loads a registered model for service, and opens the online store for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from serving.decision.bands import bands_of
from serving.features.online_features import OnlineStore
from serving.model.scorer import Scorer
from serving.registry.model_files import registered_model
from serving.scoring.model_facts import model_facts
from serving.scoring.scoring import Scoring
from serving.scoring.served import Served
from serving.scoring.what_if import WhatIf
from serving.settings import Settings


def load_served(tag: str, settings: Settings, now: Callable[[], datetime], store: OnlineStore) -> Served:
    """Load a registered model, to be served from an online store.

    Parameters
    ----------
    tag : str
        Exact tag.
    settings : Settings
    now : callable
        Clock, with a time zone; the ages of features are measured from it.
    store : OnlineStore
        Its connections are shared by all models, and stay open when a model goes out of service.

    Raises
    ------
    UnknownModel, IntegrityError, FormatError
        If the model does not exist or cannot be used.
    """
    registered = registered_model(tag)
    bands = bands_of(settings.bands, registered.metadata.thresholds)
    scorer, base = Scorer(registered.load(), tag, bands), registered.metadata.base
    reader = store.features(registered.signature, expected_base=base, now=now)
    scoring = Scoring(
        scorer,
        reader,
        base=base,
        refuse_expired=settings.refuse_expired,
        max_unknown_share=settings.max_unknown_share,
        threshold=registered.metadata.thresholds.chosen,
        now=now,
    )
    what_if = WhatIf(scoring)
    facts = model_facts(
        tag,
        registered.created,
        registered.metadata,
        registered.signature,
        what_if.rules.changeable.values(),
    )
    until = registered.metadata.card.data.data_until
    return Served(
        scoring, what_if, facts, learned_until=None if until is None else datetime.fromisoformat(until)
    )

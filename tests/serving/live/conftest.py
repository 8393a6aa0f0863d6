from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from small_service import Store

from serving.http.model_facts import model_facts
from serving.http.scoring import Scoring
from serving.http.served import Challenge, Served
from serving.http.what_if import WhatIf
from serving.model.metadata import ModelMetadata
from serving.model.model_format import ChurnModel
from serving.model.scorer import Scorer
from serving.model.signature import Signature
from serving.settings import load_settings


@pytest.fixture
def store(signature: Signature) -> Store:
    return Store(signature)


@pytest.fixture
def make_served(
    store: Store, build_model: Callable[[str], ChurnModel], metadata: dict[str, Any], signature: Signature
) -> Callable[[str], Served]:
    """A loaded model under any tag; `churn:b` gives other probabilities than the rest."""
    settings = load_settings()
    registered = ModelMetadata.parse_mapping(metadata)
    kinds = {kind: build_model(kind) for kind in ("logistic", "lightgbm")}

    def make(tag: str) -> Served:
        scorer = Scorer(kinds["lightgbm" if tag == "churn:b" else "logistic"], tag, settings.bands)
        scoring = Scoring(scorer, store, base="base", refuse_expired=False)
        what_if = WhatIf(scoring)
        changeable = what_if.rules.changeable.values()
        facts = model_facts(tag, datetime(2026, 11, 1, tzinfo=UTC), registered, signature, changeable)
        return Served(scoring, what_if, facts)

    return make


@pytest.fixture
def challenged(make_served: Callable[[str], Served]) -> Callable[..., Served]:
    """Champion `churn:a` with challenger `churn:b`."""

    def make(mode: Any, share: float | None = None) -> Served:
        challenger = replace(make_served("churn:b"), role="challenger")
        return replace(make_served("churn:a"), challenge=Challenge(challenger, mode, share))

    return make

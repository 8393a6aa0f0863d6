from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from serving.features.feature_status import StatusRules
from serving.features.online_features import CustomerFeatures
from serving.http.model_facts import model_facts
from serving.http.scoring import Scoring
from serving.http.served import Challenge, Served
from serving.model.metadata import ModelMetadata
from serving.model.model_format import ChurnModel
from serving.model.scorer import Scorer
from serving.model.signature import Signature
from serving.settings import load_settings

NOW = 1_793_491_200 * 1_000_000


class Store:
    """Knows every customer whose id begins with a digit; can be made to fail."""

    def __init__(self, signature: Signature) -> None:
        self.rules = StatusRules(signature)
        self.fault: Exception | None = None

    def base(self) -> str | None:
        if self.fault:
            raise self.fault
        return "base"

    def read(self, customer_ids: Sequence[str]) -> list[CustomerFeatures]:
        if self.fault:
            raise self.fault
        return [self._one(customer_id) for customer_id in customer_ids]

    def _one(self, customer_id: str) -> CustomerFeatures:
        if customer_id[0].isdigit():
            return self.rules.judge(customer_id, ["Yes", "One year", 5, 70.0], [NOW, NOW], NOW)
        return self.rules.judge(customer_id, [None] * 4, [None, None], NOW)


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
        facts = model_facts(tag, datetime(2026, 11, 1, tzinfo=UTC), registered, signature)
        return Served(Scoring(scorer, store, base="base", refuse_expired=False), facts)

    return make


@pytest.fixture
def challenged(make_served: Callable[[str], Served]) -> Callable[..., Served]:
    """Champion `churn:a` with challenger `churn:b`."""

    def make(mode: Any, share: float | None = None) -> Served:
        challenger = replace(make_served("churn:b"), role="challenger")
        return replace(make_served("churn:a"), challenge=Challenge(challenger, mode, share))

    return make

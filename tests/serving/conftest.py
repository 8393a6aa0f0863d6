from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from estimators import ESTIMATORS
from house import House
from small_cards import small_card, small_thresholds
from small_service import Store

from serving.card.metadata import ModelMetadata
from serving.decision.bands import WITHOUT_THRESHOLD
from serving.model.calibration import Calibrator
from serving.model.churn_model import ChurnModel
from serving.model.classifiers.classifier import wrap
from serving.model.encoding import fit_encoder
from serving.model.scorer import Scorer
from serving.model.segments import Segments
from serving.model.signature import FeatureSpec, Signature
from serving.scoring.model_facts import model_facts
from serving.scoring.scoring import Scoring
from serving.scoring.served import Challenge, Served
from serving.scoring.what_if import WhatIf


@pytest.fixture
def specs() -> tuple[FeatureSpec, ...]:
    """Four features of two views, one of each kind of encoding."""
    return (
        FeatureSpec("Partner", "services", "category", "String"),
        FeatureSpec("Contract", "services", "category", "String"),
        FeatureSpec("tenure", "billing", "number", "Int64"),
        FeatureSpec("MonthlyCharges", "billing", "number", "Float64"),
    )


@pytest.fixture
def signature(specs: tuple[FeatureSpec, ...]) -> Signature:
    return Signature("churn_v1", "f" * 64, specs, {"services": 0, "billing": 62 * 86_400})


@pytest.fixture
def customers() -> pd.DataFrame:
    """Two hundred customers, with gaps in every column."""
    rng = np.random.default_rng(7)
    frame = pd.DataFrame(
        {
            "Partner": rng.choice(["No", "Yes"], 200),
            "Contract": rng.choice(["Month-to-month", "One year", "Two year"], 200),
            "tenure": pd.array(rng.integers(0, 72, 200), dtype="Int64"),
            "MonthlyCharges": rng.normal(65, 20, 200).round(2),
        }
    )
    for position, column in enumerate(frame.columns):
        frame.loc[position, column] = None
    return frame


@pytest.fixture
def rows(customers: pd.DataFrame) -> list[dict[str, Any]]:
    """The same customers as mappings, None for a gap."""
    return customers.astype(object).where(customers.notna(), None).to_dict("records")


@pytest.fixture
def estimator(customers: pd.DataFrame, specs: tuple[FeatureSpec, ...]) -> Callable[[str], Any]:
    """Fit one of ESTIMATORS on the customers."""
    matrix = fit_encoder(customers, specs).encode_frame(customers)
    tenure = matrix[:, -2]
    label = (tenure + np.random.default_rng(1).normal(0, 15, len(tenure)) < 30).astype(int)
    return lambda name: ESTIMATORS[name]().fit(matrix, label)


@pytest.fixture
def build_model(
    estimator: Callable[[str], Any], customers: pd.DataFrame, signature: Signature
) -> Callable[[str], ChurnModel]:
    """Make a whole model around one of ESTIMATORS."""
    encoder = fit_encoder(customers, signature.features)
    matrix = encoder.encode_frame(customers)
    segments = Segments(
        encoder=encoder,
        mean=matrix.mean(axis=0),
        scale=matrix.std(axis=0),
        centroids=np.vstack([np.full(matrix.shape[1], -0.5), np.full(matrix.shape[1], 0.5)]),
        names=("new", "loyal"),
        profiles=({"customers": 120}, {"customers": 80}),
    )
    return lambda name: ChurnModel(signature, encoder, wrap(estimator(name)), Calibrator(0.9, -0.1), segments)


@pytest.fixture
def metadata(signature: Signature) -> dict[str, Any]:
    return {
        "card": small_card("simulated-200x12-seed7-20261101", signature.names),
        "thresholds": small_thresholds(),
        "dataset_fingerprint": "d" * 64,
        "feature_service": signature.feature_service,
        "feature_service_fingerprint": signature.fingerprint,
        "arm": {"sampler": "none", "classifier": "lightgbm"},
        "metrics": {"cv": {"auc": 0.84, "folds": [0.83, 0.85]}, "lift": None},
        "seed": 7,
        "library_versions": {"lightgbm": "4.7.0"},
        "provenance": {
            "git_commit": "0" * 40,
            "git_changed": False,
            "registered_by": "ann",
            "registered_at": "2026-11-01T08:00:00+00:00",
        },
    }


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    """A lake, a registry and an online store of the test's own; nothing lies there yet."""
    return House(tmp_path, monkeypatch)


@pytest.fixture
def store(signature: Signature) -> Store:
    return Store(signature)


@pytest.fixture
def make_served(
    store: Store, build_model: Callable[[str], ChurnModel], metadata: dict[str, Any], signature: Signature
) -> Callable[[str], Served]:
    """A loaded model under any tag; `churn:b` gives other probabilities than the rest."""
    registered = ModelMetadata.parse_mapping(metadata)
    kinds = {kind: build_model(kind) for kind in ("logistic", "lightgbm")}

    def make(tag: str) -> Served:
        scorer = Scorer(kinds["lightgbm" if tag == "churn:b" else "logistic"], tag, WITHOUT_THRESHOLD)
        scoring = Scoring(scorer, store, base="base", refuse_expired=False, max_unknown_share=1.0)
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

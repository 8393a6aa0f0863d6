from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from small_service import Client, Store
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from starlette.types import ASGIApp

from serving.card.metadata import ModelMetadata
from serving.decision.bands import WITHOUT_THRESHOLD
from serving.http.api import build_app
from serving.http.fast_path import FastPath
from serving.http.guard.guard import Guard
from serving.http.runtime import Runtime
from serving.model.churn_model import ChurnModel
from serving.model.scorer import Scorer
from serving.model.signature import Signature
from serving.scoring.model_facts import model_facts
from serving.scoring.scoring import Scoring
from serving.scoring.served import Served
from serving.scoring.what_if import WhatIf
from serving.settings import Settings, load_settings


@pytest.fixture
def settings() -> Settings:
    return load_settings().model_copy(update={"max_body_bytes": 20_000, "read_timeout_seconds": 20.0})


@pytest.fixture
def registered(metadata: dict[str, Any]) -> ModelMetadata:
    return ModelMetadata.parse_mapping(metadata)


@pytest.fixture
def runtime(
    settings: Settings,
    store: Store,
    build_model: Callable[[str], ChurnModel],
    registered: ModelMetadata,
    signature: Signature,
) -> Runtime:
    scorer = Scorer(build_model("lightgbm"), "churn:x", WITHOUT_THRESHOLD)
    scoring = Scoring(scorer, store, base="base", refuse_expired=False, max_unknown_share=1.0)
    what_if = WhatIf(scoring)
    changeable = what_if.rules.changeable.values()
    facts = model_facts("churn:x", datetime(2026, 11, 1, tzinfo=UTC), registered, signature, changeable)
    return Runtime(settings, Served(scoring, what_if, facts))


@pytest.fixture
def bare(runtime: Runtime) -> ASGIApp:
    """The application behind the guard: BentoML's with some pages of its own, and the short way past it."""

    def page(request: object) -> PlainTextResponse:
        return PlainTextResponse("\n")

    own = [Route(path, page) for path in ("/livez", "/healthz", "/metrics")]
    api = build_app(runtime)
    return FastPath(Starlette(routes=[*own, Mount("/", api)]), api)


@pytest.fixture
def client(bare: ASGIApp, runtime: Runtime) -> Client:
    return Client(Guard(bare, runtime))

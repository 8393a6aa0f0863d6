"""The log tells which model answered, also when it was not the champion."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest
from small_service import Client

from serving.http.api import build_app
from serving.http.guard.guard import Guard
from serving.http.runtime import Runtime
from serving.scoring.served import Served
from serving.settings import load_settings

CUSTOMERS = [f"{number}-TESTA" for number in range(20)]


@pytest.fixture
def ask(
    challenged: Callable[..., Served], caplog: pytest.LogCaptureFixture
) -> Callable[[str, Any, float], dict[str, Any]]:
    """Ask while customers are split, and return the line of the log."""

    def ask(path: str, body: Any, share: float) -> dict[str, Any]:
        runtime = Runtime(load_settings(), challenged("split", share))
        with caplog.at_level(logging.INFO, logger="bentoml"):
            Client(Guard(build_app(runtime), runtime)).post(path, json=body)
        return dict(getattr(caplog.records[-1], "fields", {}))

    return ask


@pytest.mark.parametrize(
    ("share", "model", "role"), [(1.0, "churn:b", "challenger"), (1e-9, "churn:a", "champion")]
)
def test_who_answered_one_customer(
    share: float, model: str, role: str, ask: Callable[..., dict[str, Any]]
) -> None:
    for path, more in (("/score", {}), ("/what_if", {"changes": {}})):
        line = ask(path, {"customerID": CUSTOMERS[0], **more}, share)
        assert (line["path"], line["status"]) == (path, 200)
        assert (line["model"], line["role"]) == (model, role)
        assert "answered" not in line


def test_how_many_each_answered(ask: Callable[..., dict[str, Any]]) -> None:
    line = ask("/score_many", {"customerIDs": [*CUSTOMERS, "nobody"]}, 0.5)
    assert (line["model"], line["role"]) == ("churn:a", "champion")
    assert set(line["answered"]) == {"churn:a", "churn:b"}
    assert sum(line["answered"].values()) == len(CUSTOMERS)  # and nobody scored who is not known


def test_a_malformed_id_was_answered_by_nobody(ask: Callable[..., dict[str, Any]]) -> None:
    line = ask("/score_many", {"customerIDs": ["8 8", *CUSTOMERS]}, 0.5)
    assert (line["status"], sum(line["answered"].values())) == (200, len(CUSTOMERS))


def test_where_nobody_was_scored_no_model_is_told(ask: Callable[..., dict[str, Any]]) -> None:
    for path, body in (("/model", {}), ("/score", {"customerID": ""})):
        line = ask(path, body, 1.0)
        assert (line["path"], line["model"], line["role"]) == (path, None, None)

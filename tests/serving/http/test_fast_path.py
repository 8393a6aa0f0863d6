from __future__ import annotations

import pytest
from bentoml._internal.server.http.instruments import RunnerTrafficMetricsMiddleware
from small_service import Client
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import Receive, Scope, Send

from serving.http.api import build_app
from serving.http.fast_path import FastPath, take_out_counters
from serving.http.runtime import Runtime


class Behind:
    """Remembers what reached it."""

    def __init__(self) -> None:
        self.passed: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.passed.append(f"{scope['method']} {scope['path']}")
        await send({"type": "http.response.start", "status": 418, "headers": []})
        await send({"type": "http.response.body", "body": b""})


@pytest.mark.parametrize(
    "path", ["/score", "/score_many", "/what_if", "/at_risk", "/campaigns", "/model", "/history"]
)
def test_an_endpoint_answers_by_itself(path: str, runtime: Runtime) -> None:
    behind = Behind()
    answer = Client(FastPath(behind, build_app(runtime))).post(path, json={"odd": 1})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "malformed_request")
    assert behind.passed == []


@pytest.mark.parametrize(("method", "path"), [("GET", "/score"), ("GET", "/ui"), ("POST", "/nowhere")])
def test_all_else_is_passed_on(method: str, path: str, runtime: Runtime) -> None:
    behind = Behind()
    assert Client(FastPath(behind, build_app(runtime))).request(method, path).status_code == 418
    assert behind.passed == [f"{method} {path}"]


def test_bentomls_counters_move_to_the_outside() -> None:
    counters = Middleware(RunnerTrafficMetricsMiddleware, namespace="bentoml_service", skip_paths=["/livez"])
    app, inner = Starlette(middleware=[Middleware(GZipMiddleware), counters]), Behind()
    counted = take_out_counters(app)(inner)
    assert isinstance(counted, RunnerTrafficMetricsMiddleware)
    assert (counted.app, counted.namespace) == (inner, "bentoml_service")
    assert [layer.cls for layer in app.user_middleware] == [GZipMiddleware]
    assert take_out_counters(app)(inner) is inner

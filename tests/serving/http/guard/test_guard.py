from __future__ import annotations

import asyncio
import json
import logging
import threading
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client import REGISTRY
from small_service import Client, Store, error_of
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.errors import StoreError
from serving.http.endpoints import PATHS, endpoints
from serving.http.guard.guard import Guard
from serving.http.guard.keys import KeyRing, new_key
from serving.http.runtime import Runtime


@pytest.fixture
def key(tmp_path: Path) -> str:
    return new_key(tmp_path / "keys", "call-centre")


@pytest.fixture
def locked(bare: ASGIApp, runtime: Runtime, key: str, tmp_path: Path) -> Client:
    """The service with one key."""
    return Client(Guard(bare, runtime, KeyRing(tmp_path / "keys")))


SCORE = {"customerID": "7590-VHVEG"}


@pytest.mark.parametrize("form", ["Bearer {}", "bearer {}", "BEARER  {}"])
def test_a_key_opens(form: str, locked: Client, key: str) -> None:
    assert locked.post("/score", json=SCORE, headers={"Authorization": form.format(key)}).status_code == 200
    assert locked.post("/score", json=SCORE, headers={"X-API-Key": key}).status_code == 200
    both = {"Authorization": "Basic b3RoZXI6d29yZA==", "X-API-Key": key}
    assert locked.post("/score", json=SCORE, headers=both).status_code == 200


@pytest.mark.parametrize("path", ["/score", "/score_many", "/model"])
@pytest.mark.parametrize("headers", [{}, {"Authorization": "Basic {}"}, {"X-API-Key": "x{}"}])
def test_without_a_key_nothing_is_told(path: str, headers: dict[str, str], locked: Client, key: str) -> None:
    sent = {name: value.format(key) for name, value in headers.items()}
    response = locked.post(path, json=SCORE, headers=sent)
    assert response.status_code == 401
    assert response.headers["www-authenticate"].startswith("Bearer")
    assert error_of(response)["code"] == "unauthorized"


def test_what_needs_no_key(locked: Client, key: str, store: Store) -> None:
    assert [locked.get(path).status_code for path in ("/livez", "/healthz", "/readyz", "/docs.json")] == [
        200
    ] * 4
    assert locked.get("/metrics").status_code == 401
    assert locked.request("GET", "/metrics", headers={"X-API-Key": key}).status_code == 200


def test_the_document_speaks_of_keys_where_they_are_asked_for(locked: Client, client: Client) -> None:
    for service, asked in ((locked, {*PATHS, "/metrics"}), (client, set())):
        paths = service.get("/docs.json").json()["paths"]
        told = {path: next(iter(methods.values())) for path, methods in paths.items()}
        assert {path for path in told if "security" in told[path]} == asked
        assert {path for path in told if "401" in told[path]["responses"]} == asked


def test_readiness_tells_a_stranger_yes_or_no(
    locked: Client, key: str, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    known = {"X-API-Key": key}
    assert locked.get("/readyz").json() == {"ready": True}
    assert locked.request("GET", "/readyz", headers=known).json()["model"] == "churn:x"
    store.fault = StoreError("the store is at /srv")
    stranger = locked.get("/readyz")
    assert stranger.status_code == 503
    assert "/srv" not in stranger.text
    assert "/srv" in caplog.text
    assert "/srv" in locked.request("GET", "/readyz", headers=known).text


def test_every_answer_has_a_request_id(locked: Client) -> None:
    for path in ("/livez", "/readyz", "/metrics", "/docs.json", "/score", "/nowhere"):
        response = locked.request("GET", path, headers={"X-Request-ID": "job-1"})
        assert response.headers["x-request-id"] == "job-1", path


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/score", "POST"),
        ("TRACE", "/score", "POST"),
        ("SCORE-7590", "/model", "POST"),
        ("POST", "/healthz", "GET, HEAD"),
        ("OPTIONS", "/metrics", "GET, HEAD"),
    ],
)
def test_methods_are_those_of_the_path(method: str, path: str, allowed: str, client: Client) -> None:
    response = client.request(method, path)
    assert (response.status_code, response.headers["allow"]) == (405, allowed)
    assert error_of(response)["code"] == "wrong_method"


def test_only_what_exists_comes_in(runtime: Runtime) -> None:
    """BentoML's counters have the path as a label; whatever passes the guard becomes a series."""
    passed: list[str] = []

    async def inner(scope: Scope, receive: Receive, send: Send) -> None:
        passed.append(f"{scope['type']} {scope['method']} {scope['path']}")
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    client = Client(Guard(inner, runtime))
    made_up = ("/7590-VHVEG", "/score/7590", "/static_content/7590", "/metrics/", "/score%2f7")
    for method in ("GET", "POST", "FOO"):
        for path in made_up:
            assert client.request(method, path).status_code == 404
        client.request(method, "/score")
        client.request(method, "/static_content/index.css")
    assert passed == ["http POST /score", "http GET /static_content/index.css"][::-1]


@pytest.mark.parametrize("kind", [RuntimeError, TimeoutError])
def test_what_the_guard_itself_did_not_foresee_is_an_error_like_others(
    kind: type[Exception], client: Client, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    store.fault = kind("secret")
    response = client.get("/readyz")
    assert response.status_code == 500
    assert error_of(response)["code"] == "internal_error"
    assert "secret" not in response.text
    assert "internal_error" in caplog.text


def test_a_busy_service_is_still_ready(client: Client, store: Store, runtime: Runtime) -> None:
    done = threading.Event()
    for _ in range(runtime.settings.threads):
        runtime._threads.submit(partial(done.wait, 30))
    patient, runtime.settings = (
        runtime.settings,
        runtime.settings.model_copy(update={"read_timeout_seconds": 0.2}),
    )
    assert client.post("/score", json=SCORE).status_code == 504
    runtime.settings = patient
    assert client.get("/readyz").status_code == 200
    done.set()


def test_one_thread_is_one_for_readiness_too(runtime: Runtime) -> None:
    alone = Runtime(runtime.settings.model_copy(update={"threads": 1}))

    async def names() -> set[str]:
        return {await run(lambda: threading.current_thread().name) for run in (alone.run, alone.run_check)}

    assert len(asyncio.run(names())) == 1


def test_bentomls_page_loads_nothing_from_elsewhere(runtime: Runtime) -> None:
    async def page(scope: Scope, receive: Receive, send: Send) -> None:
        await HTMLResponse("<script src='https://elsewhere'></script>")(scope, receive, send)

    client = Client(Guard(page, runtime))
    policy = client.get("/").headers["content-security-policy"]
    assert policy.startswith("default-src 'self'; ")
    assert "script-src" not in policy  # so that of default-src holds, which lets no inline script run either
    assert "content-security-policy" not in client.get("/livez").headers


def test_the_paths_that_come_in_are_those_of_the_endpoints(runtime: Runtime) -> None:
    assert tuple(endpoint.path for endpoint in endpoints(runtime)) == PATHS


def test_a_websocket_is_refused(runtime: Runtime) -> None:
    sent: list[Message] = []

    async def never(scope: Scope, receive: Receive, send: Send) -> None:
        raise AssertionError(scope)

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "websocket", "path": "/7590-VHVEG", "headers": []}
    asyncio.run(Guard(never, runtime)(scope, receive, send))
    assert [message["type"] for message in sent] == ["websocket.close"]


def test_more_than_the_settings_allow_are_shed_at_once(bare: ASGIApp, runtime: Runtime, store: Store) -> None:
    settings = runtime.settings.model_copy(update={"max_concurrency": 2, "read_timeout_seconds": 20})
    runtime.settings = settings
    store.hang = threading.Event()
    guard = Guard(bare, runtime)

    async def ask_all() -> tuple[list[httpx.Response], httpx.Response]:
        transport = httpx.ASGITransport(guard)
        async with httpx.AsyncClient(transport=transport, base_url="http://stayline") as client:
            waiting = [asyncio.create_task(client.post("/score", json=SCORE)) for _ in range(2)]
            while guard.intake.in_hand < 2:
                await asyncio.sleep(0)
            shed = [await client.post("/score", json=SCORE) for _ in range(3)]
            alive = await client.get("/livez")
            store.hang.set() if store.hang else None
            answered = await asyncio.gather(*waiting)
            return [*answered, *shed, await client.post("/score", json=SCORE)], alive

    answers, alive = asyncio.run(ask_all())
    assert [answer.status_code for answer in answers] == [200, 200, 429, 429, 429, 200]
    assert alive.status_code == 200
    assert error_of(answers[2])["code"] == "too_busy"
    assert answers[2].headers["retry-after"] == "1"


def refusals() -> dict[str, float]:
    samples = [sample for family in REGISTRY.collect() for sample in family.samples]
    return {s.labels["code"]: s.value for s in samples if s.name == "stayline_refused_total"}


def test_refusals_are_counted_by_code_alone(client: Client) -> None:
    client.get("/nowhere")
    before = refusals()
    for number in range(20):
        client.get(f"/{number}-TESTA")
    after = refusals()
    assert after.pop("unknown_path") == before.pop("unknown_path") + 20
    assert after == before


def test_the_log_of_a_request(locked: Client, key: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="bentoml"):
        locked.post("/score", json=SCORE, headers={"X-API-Key": key, "X-Request-ID": "job-1"})
        locked.request("FOO-7590", "/7590-VHVEG", headers={"X-Request-ID": "7590 VHVEG"})
    scored, lost = (fields_of(r) for r in caplog.records if r.name == "bentoml.stayline.access")
    assert scored.pop("milliseconds") > 0
    assert scored == {
        "request_id": "job-1",
        "method": "POST",
        "path": "/score",
        "status": 200,
        "key": "call-centre",
        "model": "churn:x",
        "role": "champion",
    }
    assert (lost["model"], lost["role"]) == (None, None)
    assert (lost["method"], lost["path"], lost["status"]) == ("unknown", "unknown", 404)
    assert (lost["code"], lost["key"]) == ("unknown_path", None)
    assert "7590" not in caplog.text
    assert key not in caplog.text


@pytest.mark.parametrize(
    "body",
    [
        b'{"customerID": "7590 VHVEG"}',
        b'{"customerID": {"7590-VHVEG": 1}}',
        b'{"customerIDs": ["7590-VHVEG\\u0000"]}',
        b'{"customerID": 7590' + b"0" * 5_000 + b"}",
        b'{"customerID": "7590-VHVEG"',
        b'{"customerID": "7590-VHVEG", "7590": 1}',
    ],
)
def test_odd_bodies_leave_no_trace_in_the_log(
    body: bytes, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, logger="bentoml"):
        assert client.post("/score", content=body).status_code == 400
    assert "7590" not in caplog.text
    assert "7590" not in json.dumps([fields_of(record) for record in caplog.records])


def test_of_a_name_that_stands_twice_the_last_counts(client: Client) -> None:
    body = b'{"customerID": "nobody", "customerID": "7590-VHVEG"}'
    assert client.post("/score", content=body).json()["customerID"] == "7590-VHVEG"


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "\xff"])
def test_the_content_type_is_not_looked_at(content_type: str, client: Client) -> None:
    headers = {"content-type": content_type.encode("latin-1")}
    assert client.post("/score", content=json.dumps(SCORE), headers=headers).status_code == 200


def fields_of(record: logging.LogRecord) -> dict[str, Any]:
    return dict(getattr(record, "fields", {}))

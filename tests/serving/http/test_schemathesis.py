"""Thousands of requests made from the OpenAPI document, over HTTP, each answer checked against it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from schemathesis_run import run_schemathesis
from starlette.types import ASGIApp

from serving.http.guard import Guard
from serving.http.keys import KeyRing, new_key
from serving.http.runtime import Runtime
from serving.settings import Settings, load_settings

pytestmark = pytest.mark.slow
CASES = 2_000


@pytest.fixture
def settings() -> Settings:
    """Bounds that are reached soon."""
    return load_settings().model_copy(update={"max_customer_ids": 20})


@pytest.fixture
def key(tmp_path: Path) -> str:
    return new_key(tmp_path / "keys", "schemathesis")


@pytest.fixture
def address(bare: ASGIApp, runtime: Runtime, key: str, tmp_path: Path) -> Iterator[str]:
    """Where the service answers, with one key."""
    app = Guard(bare, runtime, KeyRing(tmp_path / "keys"))
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join()


def test_the_document_tells_the_truth(address: str, key: str, tmp_path: Path) -> None:
    made, passed = run_schemathesis(address, tmp_path, 250, "--header", f"Authorization: Bearer {key}")
    assert made == passed >= CASES

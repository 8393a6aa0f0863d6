"""Thousands of requests made from the OpenAPI document, over HTTP, each answer checked against it."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from starlette.applications import Starlette

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
def address(bare: Starlette, runtime: Runtime, key: str, tmp_path: Path) -> Iterator[str]:
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


# No schema can say which changes are possible together: what-if refuses those that are not with 422.
SETTINGS = """
[[operations]]
include-path = "/what_if"
[operations.checks.positive_data_acceptance]
expected-statuses = ["2xx", 401, 404, 409, 422, 429, "5xx"]
"""


def test_the_document_tells_the_truth(address: str, key: str, tmp_path: Path) -> None:
    program = Path(sys.executable).with_name("schemathesis")
    (tmp_path / "schemathesis.toml").write_text(SETTINGS)
    done = subprocess.run(
        [
            *(str(program), "run", f"{address}/docs.json"),
            *("--checks", "all", "--seed", "1", "--generation-deterministic"),
            *("--max-examples", "250", "--header", f"Authorization: Bearer {key}", "--no-color"),
        ],
        cwd=tmp_path,
        env=os.environ,
        capture_output=True,
        text=True,
        timeout=600,
    )
    (tmp_path / "schemathesis.log").write_text(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    told = re.search(r"Test cases:\s+([\d,]+) generated, ([\d,]+) passed", done.stdout)
    assert told is not None, done.stdout
    made, passed = (int(figure.replace(",", "")) for figure in told.groups())
    assert made == passed >= CASES

"""Thousands of requests made from the OpenAPI document, to the real process; it describes every answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from place import Place
from schemathesis_run import run_schemathesis
from server import Server
from small_lakes import ROOT

pytestmark = pytest.mark.slow
CASES = 2_000
# Ids that are often those of customers, and bounds that are reached soon.
SETTINGS = {"customer_id_pattern": "00[0-9]{2}-TESTA", "customer_id_max_length": 10, "max_customer_ids": 20}


@pytest.fixture
def key(place: Place, tmp_path: Path) -> str:
    done = place.run(
        "python", "-m", "serving", "keys", "new", "test", STAYLINE_API_KEYS=str(tmp_path / "keys")
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture
def server(place: Place, key: str, tmp_path: Path) -> Iterator[Server]:
    """The service with one key, and with everybody scored."""
    settings = yaml.safe_load(Path(place.environment["STAYLINE_SERVING_SETTINGS"]).read_text())
    (tmp_path / "settings.yaml").write_text(yaml.safe_dump(settings | SETTINGS))
    scores = tmp_path / "scores.parquet"
    done = place.run("python", "-m", "serving", "score", "--all", "--out", str(scores))
    assert done.returncode == 0, done.stderr
    environment = place.environment | {
        "STAYLINE_API_KEYS": str(tmp_path / "keys"),
        "STAYLINE_SCORES": str(scores),
        "STAYLINE_SERVING_SETTINGS": str(tmp_path / "settings.yaml"),
    }
    with Server(ROOT, environment, tmp_path / "serve.log") as server:
        server.wait_until_ready()
        yield server


def test_the_document_tells_the_truth(server: Server, key: str, tmp_path: Path) -> None:
    address = f"http://127.0.0.1:{server.port}"
    made, passed = run_schemathesis(address, tmp_path, 250, "--header", f"Authorization: Bearer {key}")
    assert made == passed >= CASES
    told = server.log.read_text()
    assert "Traceback" not in told
    answered = {line["path"] for line in map(json.loads, told.splitlines()) if line.get("status") == 200}
    assert answered >= set(server.ask("GET", "/docs.json").body["paths"])

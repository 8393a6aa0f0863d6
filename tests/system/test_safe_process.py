"""`bentoml serve` with API keys, on every address, and when it is told to stop."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest
import yaml
from place import Place
from server import Server
from small_lakes import ROOT

pytestmark = pytest.mark.slow
SCORE = {"customerID": "0000-TESTA"}


@pytest.fixture(scope="module")
def keys(place: Place) -> Path:
    return place.folder / "keys"


def new_key(place: Place, keys: Path, name: str) -> str:
    done = place.run("python", "-m", "serving", "keys", "new", name, STAYLINE_API_KEYS=str(keys))
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture(scope="module")
def key(place: Place, keys: Path) -> str:
    return new_key(place, keys, "call-centre")


@pytest.fixture(scope="module")
def server(place: Place, keys: Path, key: str) -> Iterator[Server]:
    settings = yaml.safe_load(Path(place.environment["STAYLINE_SERVING_SETTINGS"]).read_text())
    drained = place.folder / "drained.yaml"
    drained.write_text(yaml.safe_dump(settings | {"drain_seconds": 1.0}))
    environment = place.environment | {
        "STAYLINE_API_KEYS": str(keys),
        "STAYLINE_SERVING_SETTINGS": str(drained),
    }
    with Server(ROOT, environment, place.folder / "keys.log", "--host", "0.0.0.0") as server:
        server.wait_until_ready()
        yield server


def test_without_keys_it_listens_to_no_other_machine(place: Place) -> None:
    for done in (
        place.run("bentoml", "serve", "--host", "0.0.0.0"),
        place.run("bentoml", "serve", BENTOML_HOST="0.0.0.0"),
    ):
        assert done.returncode == 1
        assert "without API keys the service listens on 127.0.0.1 only, not on 0.0.0.0" in done.stderr
        assert "Traceback" not in done.stdout + done.stderr


def test_a_file_without_keys_is_refused_at_the_start(place: Place, tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("")
    done = place.run("bentoml", "serve", STAYLINE_API_KEYS=str(tmp_path / "keys"))
    assert (done.returncode, "holds no key" in done.stderr) == (1, True), done.stderr


def test_keys_open_and_are_changed_without_a_restart(
    server: Server, place: Place, keys: Path, key: str
) -> None:
    def status(sent: str) -> int:
        return server.ask("POST", "/score", SCORE, {"Authorization": f"Bearer {sent}"}).status

    assert server.ask("POST", "/score", SCORE).status == 401
    assert server.ask("GET", "/metrics").status == 401
    assert server.ask("GET", "/readyz").body == {"ready": True}
    assert status(key) == 200
    second = new_key(place, keys, "crm")
    _until(lambda: status(second) == 200)
    assert status(key) == 200
    place.run("python", "-m", "serving", "keys", "revoke", "crm", STAYLINE_API_KEYS=str(keys))
    _until(lambda: status(second) == 401)
    lines = [json.loads(line) for line in server.log.read_text().splitlines()]
    assert {line.get("key") for line in lines} == {None, "call-centre", "crm"}
    assert key not in server.log.read_text()


def test_the_end_is_told_before_it_comes_and_a_request_in_hand_is_answered(server: Server, key: str) -> None:
    body = json.dumps(SCORE).encode()
    head = (
        f"POST /score HTTP/1.1\r\nHost: stayline\r\nX-API-Key: {key}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", server.port), 20) as connection:
        connection.sendall(head.encode() + body[:5])
        _until(lambda: server.ask("GET", "/livez").status == 200)  # the worker has read what came before
        server.terminate()
        known = {"X-API-Key": key}
        _until(lambda: server.ask("GET", "/readyz").status == 503)
        assert "stopping" in server.ask("GET", "/readyz", headers=known).body["error"]["message"]
        assert server.ask("POST", "/score", SCORE, known).status == 200
        _until(lambda: not _accepts(server))
        connection.sendall(body[5:])
        answer = connection.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b'"probability"' in answer
    assert server.wait_until_stopped() == 0
    assert "Traceback" not in server.log.read_text()


def _accepts(server: Server) -> bool:
    """Whether somebody answers soon: the first process holds the socket open after the workers leave it."""
    connection = HTTPConnection("127.0.0.1", server.port, timeout=0.5)
    try:
        connection.request("GET", "/livez")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _until(reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not reached():
        assert time.monotonic() < deadline

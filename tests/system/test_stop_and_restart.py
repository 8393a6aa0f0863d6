"""A service that is stopped loses no request, and one that is killed leaves nothing that holds its port."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import psutil
import pytest
import yaml
from asking import wait_until
from drills import LONG
from keep_alive import KeepAlive
from place import Place
from server import Server
from small_lakes import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.drill]
CUSTOMERS = [f"{number:04d}-TESTA" for number in range(60)]
REQUESTS = 5000 if LONG else 500
RESTART_SECONDS = 5.0


def with_settings(place: Place, folder: Path, **changes: object) -> dict[str, str]:
    settings = yaml.safe_load(Path(place.environment["STAYLINE_SERVING_SETTINGS"]).read_text())
    path = folder / "settings.yaml"
    path.write_text(yaml.safe_dump({**settings, **changes}))
    return place.environment | {"STAYLINE_SERVING_SETTINGS": str(path)}


@pytest.mark.parametrize("workers", [1, 2])
def test_clients_that_keep_their_connections_lose_nothing(workers: int, place: Place, tmp_path: Path) -> None:
    environment = with_settings(place, tmp_path, workers=workers)
    with Server(ROOT, environment, tmp_path / "serve.log") as server:
        server.wait_until_ready()
        with KeepAlive(server.port, CUSTOMERS) as clients:
            wait_until(lambda: clients.answered >= REQUESTS, 120)
            server.terminate()
        server.wait_until_stopped()
    assert clients.answered >= REQUESTS
    assert clients.lost == []


def test_workers_end_with_their_parent_and_free_the_port(place: Place, tmp_path: Path) -> None:
    environment = with_settings(place, tmp_path, workers=2)
    with Server(ROOT, environment, tmp_path / "one.log") as server:
        server.wait_until_ready()
        workers = server.workers()
        assert len(workers) == 2
        os.kill(server.pid, signal.SIGKILL)
        server.wait_until_stopped()
        _, alive = psutil.wait_procs(workers, RESTART_SECONDS)
        assert alive == []
        with Server(ROOT, environment, tmp_path / "two.log", port=server.port) as again:
            again.wait_until_ready()


@pytest.mark.parametrize("workers", [1, 2])
def test_workers_that_are_told_to_stop_are_replaced(workers: int, place: Place, tmp_path: Path) -> None:
    environment = with_settings(place, tmp_path, workers=workers)
    with Server(ROOT, environment, tmp_path / "serve.log") as server:
        server.wait_until_ready()
        stopped = server.workers()
        assert len(stopped) == workers
        for worker in stopped:
            worker.terminate()
        psutil.wait_procs(stopped, RESTART_SECONDS)
        server.wait_until_ready()
        assert server.ask("POST", "/score", {"customerID": CUSTOMERS[0]}).status == 200
        assert not {worker.pid for worker in stopped} & {worker.pid for worker in server.workers()}

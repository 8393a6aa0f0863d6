"""Connections that send nothing take no place from requests, though the soft limit of open files is low."""

from __future__ import annotations

import resource
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from place import Place
from server import Server
from small_lakes import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.drill]
IDLE = 2000
USUAL_SOFT_LIMIT = 1024


@contextmanager
def soft_limit(files: int) -> Iterator[None]:
    """Set the soft limit of open files of this process and of those that it starts."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_two_thousand_idle_connections_beside_full_service(place: Place, tmp_path: Path) -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard < IDLE + USUAL_SOFT_LIMIT:
        pytest.skip(f"the hard limit of open files is {hard}")
    with ExitStack() as stack:
        with soft_limit(USUAL_SOFT_LIMIT):
            server = stack.enter_context(Server(ROOT, place.environment, tmp_path / "serve.log"))
        server.wait_until_ready()
        stack.enter_context(soft_limit(IDLE + USUAL_SOFT_LIMIT))
        idle = [
            stack.enter_context(socket.create_connection(("127.0.0.1", server.port), 5)) for _ in range(IDLE)
        ]
        statuses = [server.ask("POST", "/score", {"customerID": "0001-TESTA"}).status for _ in range(200)]
        assert statuses == [200] * 200
        idle[0].settimeout(30)
        assert idle[0].recv(1) == b""  # closed by the service after `request_timeout_seconds`
        assert server.ask("GET", "/readyz").status == 200

"""A store that does not answer costs a short, bounded time, and the service is back as soon as it answers."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from asking import Asking, wait_until
from drills import LONG
from place import Place
from server import Server

pytestmark = [pytest.mark.slow, pytest.mark.drill]
CUSTOMERS = [f"{number:04d}-TESTA" for number in range(60)]
BLOCKED_SECONDS = 8.0 if LONG else 1.5
SHARED_MEMORY_READ_LOCKS = (123, 5)
"""First byte and number of the locks of a WAL's readers (SQLite, "WAL-mode File Format", 2.3.3)."""


@contextmanager
def all_read_locks(store: Path) -> Iterator[None]:
    first, count = SHARED_MEMORY_READ_LOCKS
    with store.with_name(store.name + "-shm").open("r+b") as memory:
        fcntl.lockf(memory, fcntl.LOCK_EX, count, first)
        yield


def test_a_store_whose_read_locks_are_held(place: Place, server: Server) -> None:
    store = Path(place.environment["STAYLINE_ONLINE_STORE"])
    with Asking(server, CUSTOMERS, clients=12) as clients:  # more than the service has threads
        wait_until(lambda: len(clients.answers) > 50, 30)
        with all_read_locks(store):
            blocked = time.monotonic()
            seconds = []
            while time.monotonic() - blocked < BLOCKED_SECONDS:
                asked = time.monotonic()
                answer = server.ask("POST", "/score", {"customerID": CUSTOMERS[0]})
                seconds.append(time.monotonic() - asked)
                assert (answer.status, answer.body["error"]["code"]) == (503, "store_unavailable")
            ready = server.ask("GET", "/readyz")
            assert (ready.status, ready.body["error"]["code"]) == (503, "not_ready")
            unblocked = time.monotonic()
        one = {"customerID": CUSTOMERS[0]}
        back = wait_until(lambda: server.ask("POST", "/score", one).status == 200, 30)
        wait_until(lambda: server.ask("GET", "/readyz").status == 200, 30)
    within = [asked for asked in clients.answers if blocked < asked.at < unblocked]
    assert {asked.status for asked in within} <= {200, 503}  # one that was read just before is a 200
    assert max(seconds) < 1.0
    assert back < 3.0

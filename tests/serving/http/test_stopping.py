"""A worker that is told to stop says so before it closes its sockets."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import httpx
import pytest
import uvicorn
from small_service import Client
from starlette.types import ASGIApp

from serving.http.guard.guard import Guard
from serving.http.guard.keys import KeyRing, new_key
from serving.http.runtime import Runtime
from serving.http.stopping import Stopping

Heard = list[int]


@pytest.fixture
def heard() -> Iterator[Heard]:
    """Signals that come through to this process, which they do not end."""
    numbers: Heard = []

    def hear(number: int, _: FrameType | None) -> None:
        numbers.append(number)

    before = signal.signal(signal.SIGTERM, hear)
    yield numbers
    signal.signal(signal.SIGTERM, before)


def test_not_ready_then_drained_then_gone(bare: ASGIApp, runtime: Runtime, heard: Heard) -> None:
    """Told twice, as a supervisor does that tells every process; the second time changes nothing."""
    runtime.stopping = Stopping(0.3)

    async def live() -> None:
        with socket.socket() as listening:
            listening.bind(("127.0.0.1", 0))
            server = uvicorn.Server(uvicorn.Config(Guard(bare, runtime), log_config=None, lifespan="on"))
            serving = asyncio.create_task(server.serve([listening]))
            base = f"http://127.0.0.1:{listening.getsockname()[1]}"
            async with httpx.AsyncClient(base_url=base) as client:
                while not server.started:
                    await asyncio.sleep(0.01)
                assert (await client.get("/readyz")).status_code == 200
                for _ in range(2):
                    os.kill(os.getpid(), signal.SIGTERM)
                    told = await client.get("/readyz")
                    assert told.status_code == 503
                    assert "stopping" in told.json()["error"]["message"]
                scored = await client.post("/score", json={"customerID": "7590-VHVEG"})
                assert scored.status_code == 200
                assert not server.should_exit
            await serving

    asyncio.run(live())
    assert heard == [signal.SIGTERM]


def test_a_stranger_is_not_told_why(bare: ASGIApp, runtime: Runtime, tmp_path: Path) -> None:
    runtime.stopping.begun = True
    key = new_key(tmp_path / "keys", "probe")
    client = Client(Guard(bare, runtime, KeyRing(tmp_path / "keys")))
    stranger, known = client.get("/readyz"), client.get("/readyz", headers={"X-API-Key": key})
    assert (stranger.status_code, known.status_code) == (503, 503)
    assert "stopping" not in stranger.text
    assert "stopping" in known.text


def test_elsewhere_than_under_uvicorn_no_signal_is_touched(heard: Heard) -> None:
    before = signal.getsignal(signal.SIGTERM)
    Stopping(0).listen()
    assert signal.getsignal(signal.SIGTERM) is before

"""Graceful stop: after SIGTERM a worker is not ready, but still answers for `drain_seconds`.

A load balancer sees in ``/readyz`` that it must send no more requests. uvicorn's signal handler closes its
sockets at once, so it is called only after the drain time.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

import uvicorn

logger = logging.getLogger("bentoml.stayline")


class Stopping:
    """Whether a worker has received SIGTERM.

    Parameters
    ----------
    drain_seconds : float
        How long it still answers requests while it is not ready.

    Attributes
    ----------
    begun : bool
    """

    def __init__(self, drain_seconds: float) -> None:
        self.begun = False
        self._drain_seconds = drain_seconds

    def listen(self) -> None:
        """Install a SIGTERM handler in front of uvicorn's. Call it in uvicorn's event loop, after start-up.

        It does nothing if uvicorn handles no signals in this thread, as under a test client.
        """
        if threading.current_thread() is not threading.main_thread():
            return
        before: Any = signal.getsignal(signal.SIGTERM)
        if not isinstance(getattr(before, "__self__", None), uvicorn.Server):
            return
        loop = asyncio.get_running_loop()

        def stop(number: int, _: FrameType | None) -> None:
            loop.call_soon_threadsafe(self._begin, loop, lambda: before(number, None))

        signal.signal(signal.SIGTERM, stop)

    def _begin(self, loop: asyncio.AbstractEventLoop, end: Callable[[], None]) -> None:
        if self.begun:  # a second signal, as from a supervisor that signals every process
            return
        self.begun = True
        logger.info("Stopping: not ready from now on, and answering for %g s more", self._drain_seconds)
        loop.call_later(self._drain_seconds, end)

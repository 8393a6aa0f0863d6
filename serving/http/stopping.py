"""The beginning of the end: from SIGTERM on the service is not ready, and for a while still answers.

A load balancer learns from ``/readyz`` to send no more. uvicorn closes its sockets as soon as it has the
signal, so its handler is called only when the time to drain is over.
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
    """Whether a worker has been told to stop.

    Parameters
    ----------
    drain_seconds : float
        How long it goes on as before, but for its readiness.

    Attributes
    ----------
    begun : bool
    """

    def __init__(self, drain_seconds: float) -> None:
        self.begun = False
        self._drain_seconds = drain_seconds

    def listen(self) -> None:
        """Hear the signal before uvicorn does; to be called in its event loop, when it has begun to serve.

        Elsewhere, as under a test's client, there is nothing to hear and nothing is done.
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
        if self.begun:  # told twice, as by a supervisor that tells every process of its own
            return
        self.begun = True
        logger.info("Stopping: not ready from now on, and answering for %g s more", self._drain_seconds)
        loop.call_later(self._drain_seconds, end)

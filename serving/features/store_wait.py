"""Since when a thread waits for the online store, so that who waits for the thread can give up.

A driver's own limit is not enough: SQLite waits for the read locks of its log by a plan of its own, which no
setting shortens and nothing interrupts.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import TypeVar

T = TypeVar("T")


class StoreWait:
    """What one call in a thread waits for; another thread may look at it.

    Attributes
    ----------
    since : float or None
        `time.monotonic` of when the call began to wait for the online store; None while it does not.
    """

    __slots__ = ("since",)

    def __init__(self) -> None:
        self.since: float | None = None

    def run(self, work: Callable[..., T], *arguments: object) -> T:
        """Do the work in the calling thread, and note in this object when it waits for the store."""
        _thread.wait = self
        try:
            return work(*arguments)
        finally:
            _thread.wait = None

    def over(self, seconds: float) -> bool:
        """Whether the call has been waiting for the store for so long."""
        since = self.since
        return since is not None and time.monotonic() - since >= seconds


class _WaitingForStore:
    """Notes that the calling thread waits for the store; outside `StoreWait.run` it does nothing."""

    def __enter__(self) -> None:
        wait: StoreWait | None = _thread.wait
        if wait is not None:
            wait.since = time.monotonic()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        wait: StoreWait | None = _thread.wait
        if wait is not None:
            wait.since = None


class _Thread(threading.local):
    wait: StoreWait | None = None


_thread = _Thread()
waiting_for_store = _WaitingForStore()
"""A context in which the calling thread waits for the first answer of the online store."""

"""Mode shadow: a challenger scores answered requests again, and only the log shows its scores."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from serving.counters import SHADOWED
from serving.scoring.answers import Failed, Found

if TYPE_CHECKING:
    from serving.scoring.served import Served

log = logging.getLogger("bentoml.stayline.shadow")
REPORT_SECONDS = 60.0


@dataclass(frozen=True)
class _Asked:
    """What one request asked, and what the champion answered."""

    request_id: str
    champion: str
    challenger: Served
    found: Sequence[Found]


class Shadow:
    """One thread that works through a bounded queue, and sleeps as long as it has worked.

    The sleep leaves time to the requests. A lower thread priority would not: a low-priority thread that holds
    Python's global lock (GIL) holds up the others.

    Parameters
    ----------
    most : int
        Most customers in the queue; a request that would exceed it is dropped and its customers counted.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._waiting: deque[_Asked] = deque()
        self._customers = 0
        self._dropped = 0
        self._reported = 0.0
        self._changed = threading.Condition()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def offer(self, served: Served, request_id: str, results: Sequence[Found | Failed]) -> None:
        """Queue a request that the champion has answered, if a challenger is in mode shadow; never blocks."""
        challenge = served.challenge
        if challenge is None or challenge.mode != "shadow":
            return
        found = [result for result in results if isinstance(result, Found)]
        asked = _Asked(request_id, served.tag, challenge.served, found)
        with self._changed:
            if self._customers + len(found) > self._most:
                self._dropped += len(found)
                SHADOWED.add("left_out", len(found))
            else:
                self._waiting.append(asked)
                self._customers += len(found)
                self._changed.notify()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="shadow", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """Stop the thread; queued requests are not scored."""
        self._stopped.set()
        with self._changed:
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while (asked := self._next()) is not None:
            started = time.perf_counter()
            try:
                _score(asked)
            except Exception as error:  # a failing challenger must not end the thread
                SHADOWED.add("failed", len(asked.found))
                _tell(asked, error=type(error).__name__)
            del asked  # frees a model that has gone out of service while this thread waits
            self._report()
            self._stopped.wait(time.perf_counter() - started)

    def _next(self) -> _Asked | None:
        with self._changed:
            while not self._waiting and not self._stopped.is_set():
                self._changed.wait()
            if self._stopped.is_set():
                return None
            asked = self._waiting.popleft()
            self._customers -= len(asked.found)
            return asked

    def _report(self) -> None:
        now = time.monotonic()
        with self._changed:
            if not self._dropped or now - self._reported < REPORT_SECONDS:
                return
            dropped, self._dropped, self._reported = self._dropped, 0, now
        log.warning("The shadow challenger cannot keep up: %d customers were left out", dropped)


def _score(asked: _Asked) -> None:
    results = asked.challenger.scoring.many([found.customerID for found in asked.found])
    for found, result in zip(asked.found, results, strict=True):
        if isinstance(result, Failed):
            SHADOWED.add("failed")
            _tell(asked, champion_probability=found.probability, error=result.error.code)
            continue
        SHADOWED.add("scored")
        _tell(
            asked,
            champion_probability=found.probability,
            challenger_probability=result.probability,
            difference=result.probability - found.probability,
        )


def _tell(asked: _Asked, **said: object) -> None:
    """Log one line, with the request's id and no customerID."""
    line = {
        "request_id": asked.request_id,
        "champion": asked.champion,
        "challenger": asked.challenger.tag,
        **said,
    }
    log.info("a customer in shadow", extra={"fields": line})

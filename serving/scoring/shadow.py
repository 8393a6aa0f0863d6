"""A challenger in mode shadow: it scores what was asked, after the answer, and only the log tells of it."""

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
    """One thread that works through a bounded queue, and rests as long as it works.

    Resting, rather than a lower priority, is what leaves the requests their time: a thread of low priority
    that holds Python's lock would hold up those of higher.

    Parameters
    ----------
    most : int
        Customers that may wait; what is beyond is dropped and counted.
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
        """Queue a request that the champion has answered, if a challenger is in shadow; never waits."""
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
        """End the thread; what waits is left."""
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
            except Exception as error:  # whatever a challenger does, the next request has its turn
                SHADOWED.add("failed", len(asked.found))
                _tell(asked, error=type(error).__name__)
            del asked  # so that a model that has gone out of service is freed while this waits
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
    """Write one line; it names the request and no customer."""
    line = {
        "request_id": asked.request_id,
        "champion": asked.champion,
        "challenger": asked.challenger.tag,
        **said,
    }
    log.info("a customer in shadow", extra={"fields": line})

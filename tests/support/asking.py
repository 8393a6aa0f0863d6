"""Clients that ask a server without a pause, and keep every answer with the moment of asking."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Sequence
from http.client import HTTPException
from types import TracebackType
from typing import Any, NamedTuple

from server import Answer, Server


class Asked(NamedTuple):
    """One answer; `at` is when it was asked for, in seconds of `time.monotonic`."""

    at: float
    status: int
    body: Any

    @property
    def models(self) -> set[str]:
        """The models that answered."""
        return {model for _, model, _ in self.scores}

    @property
    def scores(self) -> list[tuple[str, str, float]]:
        """Every score with its customerID and the model that is told to have given it."""
        told = self.body["model"]
        scores = self.body.get("results", [self.body])
        return [(one["customerID"], one.get("model", told), one["probability"]) for one in scores]


class Asking:
    """Ask from several threads for as long as the block lasts; an error of the connection is status 0."""

    def __init__(self, server: Server, customers: Sequence[str], clients: int = 3) -> None:
        self.answers: list[Asked] = []
        self._server = server
        self._customers = customers
        self._stopped = threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=(number,)) for number in range(clients)]

    def __enter__(self) -> Asking:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    def after(self, moment: float) -> list[Asked]:
        """Answers that were asked for at or after a moment."""
        return [asked for asked in list(self.answers) if asked.at >= moment]

    def _ask(self, number: int) -> None:
        for turn in itertools.count(number):
            if self._stopped.is_set():
                return
            customer = self._customers[turn % len(self._customers)]
            if turn % 4:
                self._keep("/score", {"customerID": customer})
            else:
                self._keep("/score_many", {"customerIDs": list(self._customers[:20])})

    def _keep(self, path: str, body: Any) -> None:
        at = time.monotonic()
        try:
            answer: Answer = self._server.ask("POST", path, body)
        except (OSError, HTTPException, ValueError) as error:  # refused, cut off, or no JSON
            self.answers.append(Asked(at, 0, {"error": str(error)}))
            return
        self.answers.append(Asked(at, answer.status, answer.body))


def wait_until(true: Callable[[], bool], seconds: float) -> float:
    """Wait until something is true; returns the seconds it took, or raises AssertionError."""
    started = time.monotonic()
    while not true():
        if time.monotonic() - started > seconds:
            raise AssertionError(f"it did not become true within {seconds} s")
        threading.Event().wait(0.05)
    return time.monotonic() - started

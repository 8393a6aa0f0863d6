"""Clients that keep their connections, as a load balancer does, until nobody listens any more."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Sequence
from http.client import HTTPConnection, HTTPException
from types import TracebackType


class KeepAlive:
    """Ask `/score` from several threads on kept connections; a refused connection ends a client.

    Attributes
    ----------
    answered : int
    lost : list of str
        Requests that were sent and got another answer than 200, or none.
    """

    def __init__(self, port: int, customers: Sequence[str], clients: int = 16) -> None:
        self.answered = 0
        self.lost: list[str] = []
        self._port = port
        self._customers = customers
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._ask, args=(number,)) for number in range(clients)]

    def __enter__(self) -> KeepAlive:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for thread in self._threads:
            thread.join(60)

    def _ask(self, number: int) -> None:
        connection: HTTPConnection | None = None
        body = json.dumps({"customerID": self._customers[number % len(self._customers)]})
        while True:
            try:
                if connection is None:
                    connection = HTTPConnection("127.0.0.1", self._port, timeout=30)
                    connection.connect()
            except OSError:  # refused: the service is gone
                return
            try:
                connection.request("POST", "/score", body, {"content-type": "application/json"})
                response = connection.getresponse()
                text = response.read().decode()
            except (OSError, HTTPException) as error:
                self._note(f"{type(error).__name__} at {time.monotonic():.2f}")
                connection = None
                continue
            self._note(None if response.status == 200 else f"{response.status}: {text}")
            if response.getheader("connection") == "close":
                connection.close()
                connection = None

    def _note(self, failure: str | None) -> None:
        with self._lock:
            if failure is None:
                self.answered += 1
            else:
                self.lost.append(failure)

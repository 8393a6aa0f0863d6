"""uvicorn's HTTP protocol with bounds on what comes before a request: time and size of its headers.

uvicorn reads headers without an end, and waits for them for ever. Both happen before the guard sees anything,
so an API key does not help.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.config import HTTP_PROTOCOLS
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from serving.http.stopping import Stopping
from serving.settings import Settings

_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class BoundedProtocol(HttpToolsProtocol):
    """One connection. `bounded` makes the class that uvicorn uses.

    Attributes
    ----------
    header_seconds : float
        Time from the connection, or from the first byte of a later request, to the end of its headers.
    header_bytes : int
        Most bytes of a request line and its headers.
    stopping : Stopping
        Once it has begun, every response closes its connection.
    """

    header_seconds: float
    header_bytes: int
    stopping: Stopping

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._awaits_headers = True
        self._received = 0
        self._heads = 0
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._deadline = self.loop.call_later(self.header_seconds, self.transport.close)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        self._stop_clock()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, within the bounds."""
        if self.transport.is_closing():
            return
        waited, heads = self._awaits_headers, self._heads
        super().data_received(data)
        if not self._awaits_headers:
            return
        if waited and heads == self._heads:  # bytes that may belong to another request are not counted
            self._received += len(data)
        if self._received > self.header_bytes:
            self._refuse()
        elif self._deadline is None:
            self._deadline = self.loop.call_later(self.header_seconds, self.transport.close)

    def on_message_begin(self) -> None:
        """Note that a request has begun."""
        self._awaits_headers, self._received = True, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Pass the request on."""
        self._awaits_headers = False
        self._heads += 1
        self._stop_clock()
        if sum(len(name) + len(value) for name, value in self.headers) + len(self.url) > self.header_bytes:
            self._refuse()
            return
        super().on_headers_complete()
        if self.stopping.begun and self.cycle is not None:
            self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        """Pass the body on, unless the request was refused."""
        if not self.transport.is_closing():
            super().on_body(body)

    def on_message_complete(self) -> None:
        """End the request, unless it was refused."""
        if not self.transport.is_closing():
            super().on_message_complete()

    def _refuse(self) -> None:
        self._awaits_headers = False
        self._stop_clock()
        self.transport.write(_TOO_LARGE)
        self.transport.close()

    def _stop_clock(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


def use_bounded_protocol(settings: Settings, stopping: Stopping) -> None:
    """Let uvicorn serve this process's connections by `BoundedProtocol`; BentoML has no setting for it."""
    BoundedProtocol.header_seconds = settings.request_timeout_seconds
    BoundedProtocol.header_bytes = settings.max_header_bytes
    BoundedProtocol.stopping = stopping
    HTTP_PROTOCOLS["auto"] = f"{BoundedProtocol.__module__}:{BoundedProtocol.__name__}"

"""How a worker stops without losing a request.

From SIGTERM on, `/readyz` is 503 and every response closes its connection, so that a load balancer and its
clients go elsewhere. After the time to drain, the listening socket is closed, the connections that are left
are answered, and only then does uvicorn get the signal.
"""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, TextIO

import uvicorn

logger = logging.getLogger("bentoml.stayline")
SERVER_ENV = "STAYLINE_SERVER_PID"
"""Set by the server for its workers: a worker that starts as its server dies cannot ask who it was."""
SERVER_SECONDS = 0.5
"""How often a worker looks whether its server lives."""
LAST_SECONDS = 1.0
"""Longest time that open connections have after the listening socket is closed."""
_LOOK_SECONDS = 0.02


class Stopping:
    """Whether a worker has been told to stop.

    Parameters
    ----------
    drain_seconds : float
        Time from the signal to the end of new connections.

    Attributes
    ----------
    begun : bool
    """

    def __init__(self, drain_seconds: float) -> None:
        self.begun = False
        self._drain_seconds = drain_seconds
        self._siblings: _Siblings | None = None

    def listen(self) -> None:
        """Take SIGTERM over from uvicorn; call it in uvicorn's event loop, once it serves.

        Elsewhere, as under a test's client, it does nothing.
        """
        if threading.current_thread() is not threading.main_thread():
            return
        before: Any = signal.getsignal(signal.SIGTERM)
        if not isinstance(getattr(before, "__self__", None), uvicorn.Server):
            return
        loop, server = asyncio.get_running_loop(), before.__self__
        self._siblings = _Siblings(int(os.environ.get(SERVER_ENV) or os.getppid()))

        def stop(number: int, _: FrameType | None) -> None:
            loop.call_soon_threadsafe(self._begin, loop, server, lambda: before(number, None))

        signal.signal(signal.SIGTERM, stop)

    def _begin(
        self, loop: asyncio.AbstractEventLoop, server: uvicorn.Server, end: Callable[[], None]
    ) -> None:
        if self.begun:  # a supervisor may send the signal to every process
            return
        self.begun = True
        for connection in server.server_state.connections:
            cycle = getattr(connection, "cycle", None)
            if cycle is not None:
                cycle.keep_alive = False  # the response under way closes its connection
        seconds = 0.0 if _orphaned() else self._drain_seconds
        logger.info("Stopping: not ready from now on, and answering for %g s more", seconds)
        loop.call_later(seconds, lambda: loop.create_task(self._finish(server, end)))

    async def _finish(self, server: uvicorn.Server, end: Callable[[], None]) -> None:
        loop = asyncio.get_running_loop()
        if self._siblings is not None:
            shared = _stop_accepting(server)
            self._siblings.leave()
            await _close_listening_sockets(server, shared, last=self._siblings.all_left())
        last = loop.time() + LAST_SECONDS
        while server.server_state.connections and loop.time() < last:
            await asyncio.sleep(_LOOK_SECONDS)
        end()


def name_this_server() -> None:
    """Tell the workers that this process starts who their server is."""
    os.environ[SERVER_ENV] = str(os.getpid())


def end_with_server() -> None:
    """In a worker: send SIGTERM to this process when its server is gone, from a thread of its own.

    A worker that is left alone holds the port, and nothing restarts it. The thread starts before the model is
    loaded, so that a worker ends as well whose server dies meanwhile.
    """
    if SERVER_ENV in os.environ:
        threading.Thread(target=_watch_server, name="server-watch", daemon=True).start()


def _watch_server() -> None:
    while not _orphaned():
        time.sleep(SERVER_SECONDS)
    logger.error("The server that started this worker is gone; stopping")
    os.kill(os.getpid(), signal.SIGTERM)


def _orphaned() -> bool:
    return os.environ.get(SERVER_ENV, str(os.getppid())) != str(os.getppid())


class _Siblings:
    """The workers of one server, which share a listening socket; each in service holds a shared lock."""

    def __init__(self, parent: int) -> None:
        self._path = Path(tempfile.gettempdir(), f"stayline-workers-{os.getuid()}-{parent}.lock")
        self._file: TextIO = self._path.open("w")
        fcntl.flock(self._file, fcntl.LOCK_SH)

    def leave(self) -> None:
        """Note that this worker is stopping."""
        fcntl.flock(self._file, fcntl.LOCK_UN)

    def all_left(self) -> bool:
        """Whether no worker is in service any more."""
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        self._path.unlink(missing_ok=True)
        return True


def _stop_accepting(server: uvicorn.Server) -> list[socket.socket]:
    """Stop accepting in this worker, and return its listening sockets.

    A worker that still accepted on a socket that another one shut down would spin in its event loop for ever.
    """
    shared = [
        socket.socket(fileno=os.dup(listening.fileno()))
        for asyncio_server in server.servers
        for listening in asyncio_server.sockets
    ]
    for asyncio_server in server.servers:
        asyncio_server.close()
    return shared


async def _close_listening_sockets(
    server: uvicorn.Server, shared: list[socket.socket], *, last: bool
) -> None:
    """In the last worker: take every waiting connection, then end listening for all that share the socket.

    Without this, connections wait in the kernel's queue until the server closes the socket, and are reset.
    """
    for listening in shared:
        with listening:
            waiting = []
            if last:
                listening.setblocking(False)
                try:
                    while True:
                        waiting.append(listening.accept()[0])
                except BlockingIOError:
                    listening.shutdown(socket.SHUT_RDWR)
            for connection in waiting:
                await asyncio.get_running_loop().connect_accepted_socket(
                    lambda: server.config.http_protocol_class(  # type: ignore[call-arg]  # as uvicorn makes it
                        config=server.config,
                        server_state=server.server_state,
                        app_state=server.lifespan.state,
                    ),
                    connection,
                )

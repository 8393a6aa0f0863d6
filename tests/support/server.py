"""A real `bentoml serve` process, asked over HTTP."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from http.client import HTTPConnection
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

import psutil

START_SECONDS = 120.0
STOP_SECONDS = 20.0


class Answer(NamedTuple):
    status: int
    body: Any
    headers: dict[str, str]


class Server:
    """Start `bentoml serve` in a folder on a free port; the whole process group ends with the block."""

    def __init__(
        self,
        cwd: Path,
        environment: dict[str, str],
        log: Path,
        *arguments: str,
        port: int | None = None,
    ) -> None:
        self.port = port or _free_port()
        self.log = log
        program = str(Path(sys.executable).with_name("bentoml"))
        with log.open("w") as output:
            self._process = subprocess.Popen(
                [program, "serve", *arguments, "--port", str(self.port)],
                cwd=cwd,
                env=environment | {"PYTHONUNBUFFERED": "1"},
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self._process.pid, number)
                self._process.wait(STOP_SECONDS)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                continue

    def wait_until_ready(self) -> None:
        """Poll /readyz until it answers 200; fails when the process ends or takes too long."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                if self.ask("GET", "/readyz").status == 200:
                    return
            except OSError:
                pass
            try:
                self._process.wait(0.1)
            except subprocess.TimeoutExpired:
                continue
            break
        raise AssertionError(f"the service did not become ready:\n{self.log.read_text()}")

    def terminate(self) -> None:
        """Ask the server to stop, as a supervisor does: SIGTERM to its first process alone."""
        os.kill(self._process.pid, signal.SIGTERM)

    @property
    def pid(self) -> int:
        """The first process, whose children the workers are."""
        return self._process.pid

    def workers(self) -> list[psutil.Process]:
        """The processes that answer."""
        return [
            child
            for child in psutil.Process(self.pid).children(recursive=True)
            if "_bentoml_impl.worker.service" in " ".join(child.cmdline())
        ]

    def wait_until_stopped(self) -> int:
        """Exit status of a server that is stopping."""
        return self._process.wait(STOP_SECONDS)

    def ask(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Ask on a connection of its own. A body of bytes is sent as it is, any other as JSON."""
        content = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, content, {"content-type": "application/json", **(headers or {})})
            response = connection.getresponse()
            text = response.read().decode()
            told = {name.lower(): value for name, value in response.getheaders()}
        finally:
            connection.close()
        is_json = told.get("content-type", "").startswith("application/json")
        return Answer(response.status, json.loads(text) if is_json else text, told)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

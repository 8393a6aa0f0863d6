"""A server as a process of its own: started, asked until it answers, measured, and ended."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from types import TracebackType

import psutil

START_SECONDS = 180


@dataclass(frozen=True)
class Told:
    """What came of asking a server for a while.

    Attributes
    ----------
    times : list of float
        Milliseconds of every answer.
    rate : float
        Answers a second.
    cpu : float
        Milliseconds of the server's processor time for each answer.
    """

    times: list[float]
    rate: float
    cpu: float


class Server:
    """A command that serves HTTP on a port of its own choice, on the first processor.

    Parameters
    ----------
    name : str
    command : list of str
        ``{port}`` stands for the port.
    cwd, log : Path
        Where it runs, and the file of its output.
    variables : dict
        Its environment.
    path : str
        What is asked; it is ready when a `POST` is answered with 200.
    bodies : list of str
        What is posted, in turn.
    """

    def __init__(
        self,
        name: str,
        command: list[str],
        cwd: Path,
        log: Path,
        variables: dict[str, str],
        path: str,
        bodies: list[str],
    ) -> None:
        self.name, self.path, self.bodies = name, path, bodies
        self.port, self._log = free_port(), log
        filled = [part.replace("{port}", str(self.port)) for part in command]
        with log.open("w") as output:
            self._process = subprocess.Popen(
                ["taskset", "-c", "0", *filled],
                cwd=cwd,
                env=variables,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def __enter__(self) -> Server:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            if self._answers():
                return self
            time.sleep(0.2)
        self.__exit__(None, None, None)
        raise SystemExit(f"{self.name} did not start:\n{self._log.read_text()[-3000:]}")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self._process.pid, number)
                self._process.wait(15)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                continue

    def cpu_seconds(self) -> float:
        """User and system time of all its processes so far."""
        whole = psutil.Process(self._process.pid)
        times = [one.cpu_times() for one in [whole, *whole.children(recursive=True)]]
        return sum(one.user + one.system for one in times)

    def _answers(self) -> bool:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("POST", self.path, self.bodies[0], {"content-type": "application/json"})
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def ask(
    server: Server, clients: int, seconds: float, path: str | None = None, bodies: list[str] | None = None
) -> Told:
    """Ask a server from the second processor, for its own path and bodies if not told others."""
    before = server.cpu_seconds()
    load = [
        *("taskset", "-c", "1", sys.executable, str(Path(__file__).with_name("load.py"))),
        *(str(server.port), path or server.path, str(clients), str(seconds)),
    ]
    done = subprocess.run(load, input=json.dumps(bodies or server.bodies), capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"asking {server.name} failed: {done.stderr[-2000:]}")
    told = json.loads(done.stdout)
    requests = int(told["requests"])
    cpu = 1000 * (server.cpu_seconds() - before) / requests
    return Told(told["times"], requests / float(told["seconds"]), cpu)

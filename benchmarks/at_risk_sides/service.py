"""The service's application, asked for its list without a server in between."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from serving.at_risk.scores_file import SCORES_ENV
from serving.http.api import build_app
from serving.http.guard.guard import Guard
from serving.http.runtime import Runtime
from serving.settings import load_settings


class Service:
    """The list as the service keeps it; of the model in service no more is asked than its tag."""

    def __init__(self, path: Path) -> None:
        os.environ[SCORES_ENV] = str(path)
        served: Any = SimpleNamespace(tag="churn:x", unfit=None)
        self._runtime = Runtime(load_settings(), served)
        self._app = Guard(build_app(self._runtime), self._runtime)

    def read(self) -> int:
        """Read the file; bytes of the table that is kept."""
        return int(self._runtime.scores.read().table.nbytes)

    def page(self, asked: dict[str, Any]) -> str:
        """A page of the list as JSON."""
        pieces: list[bytes] = []
        asyncio.run(self._ask("/at_risk", asked, pieces.append))
        return b"".join(pieces).decode()

    def csv(self) -> int:
        """The whole list; bytes of it."""
        sizes: list[int] = []
        asyncio.run(self._ask("/at_risk_csv", {}, lambda piece: sizes.append(len(piece))))
        return sum(sizes)

    async def _ask(self, path: str, body: dict[str, Any], take: Any) -> None:
        """Post as a server would hand it over, and take every piece of the answer as it comes."""
        content = json.dumps(body).encode()
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": "POST",
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": b"",
            "headers": [(b"content-length", str(len(content)).encode())],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
            "scheme": "http",
        }
        arriving = [{"type": "http.request", "body": content, "more_body": False}]

        async def receive() -> dict[str, Any]:
            if arriving:
                return arriving.pop()
            await asyncio.Event().wait()  # the client stays until it has its answer
            raise AssertionError("nobody sets the event")

        async def send(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start" and message["status"] != 200:
                raise SystemExit(f"{path} was answered with {message['status']}")
            if message["type"] == "http.response.body":
                take(message.get("body", b""))

        await self._app(scope, receive, send)

"""The work behind `/at_risk` and `/at_risk_csv`, without a server around it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from serving.at_risk.scores_file import ScoresFile
from serving.http.endpoints.at_risk import at_risk
from serving.http.endpoints.at_risk_csv import at_risk_csv


class Service:
    """The list as the service keeps it."""

    def __init__(self, path: Path) -> None:
        self._file = ScoresFile(path)
        runtime: Any = SimpleNamespace(scores=self._file, in_service=lambda: SimpleNamespace(tag="churn:x"))
        self._page, self._csv = at_risk(runtime), at_risk_csv(runtime)

    def read(self) -> int:
        """Read the file; bytes of the table that is kept."""
        return int(self._file.read().table.nbytes)

    def page(self, asked: dict[str, Any]) -> str:
        """A page of the list as JSON."""
        answer = asyncio.run(self._page.work(self._page.body(**asked), "0" * 32))
        return str(answer.model_dump_json())

    def csv(self) -> int:
        """The whole list; bytes of it."""

        async def pieces() -> int:
            answer = await self._csv.work(self._csv.body(), "0" * 32)
            return sum([len(piece) async for piece in answer.body_iterator])

        return asyncio.run(pieces())

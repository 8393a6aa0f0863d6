"""The service's application over a store that the test commands, asked without a server."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from typing import Any

import httpx

from serving.features.feature_status import StatusRules
from serving.features.online_features import CustomerFeatures
from serving.model.signature import Signature

NOW = 1_793_491_200 * 1_000_000


class Store:
    """Knows every customer whose id begins with a digit; can be made to fail or to hang."""

    def __init__(self, signature: Signature) -> None:
        self.rules = StatusRules(signature)
        self.fault: Exception | None = None
        self.hang: threading.Event | None = None

    def base(self) -> str | None:
        if self.fault:
            raise self.fault
        return "base"

    def read(self, customer_ids: Sequence[str]) -> list[CustomerFeatures]:
        if self.hang:
            self.hang.wait(30)
        if self.fault:
            raise self.fault
        return [self._one(customer_id) for customer_id in customer_ids]

    def _one(self, customer_id: str) -> CustomerFeatures:
        if customer_id[0].isdigit():
            return self.rules.judge(customer_id, ["Yes", "One year", 5, 70.0], [NOW, NOW], NOW)
        return self.rules.judge(customer_id, [None] * 4, [None, None], NOW)


class Client:
    """Asks an ASGI application, without a server."""

    def __init__(self, app: Any) -> None:
        self.app = app

    def request(self, method: str, path: str, **given: Any) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://stayline") as client:
                return await client.request(method, path, **given)

        return asyncio.run(ask())

    def get(self, path: str) -> httpx.Response:
        return self.request("GET", path)

    def post(self, path: str, **given: Any) -> httpx.Response:
        return self.request("POST", path, **given)


def error_of(response: Any) -> dict[str, Any]:
    body = response.json()
    assert set(body) == {"error"}
    assert body["error"]["request_id"] == response.headers["x-request-id"]
    return dict(body["error"])

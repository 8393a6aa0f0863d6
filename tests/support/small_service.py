"""The service's application over a store that the test commands, asked without a server."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

from asgi_client import Client

from serving.features.feature_status import StatusRules
from serving.features.online_features import CustomerFeatures, FeatureColumns
from serving.features.raw_columns import RawColumns, RawRow
from serving.features.store_wait import waiting_for_store
from serving.model.signature import Signature

__all__ = ["Client", "Store", "error_of"]
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

    def read(self, customer_ids: Sequence[str]) -> FeatureColumns:
        if self.hang:
            with waiting_for_store:
                self.hang.wait(30)
        if self.fault:
            raise self.fault
        rows = [_row(customer_id) for customer_id in customer_ids]
        return self.rules.judge(customer_ids, RawColumns.of(rows), NOW)

    def read_one(self, customer_id: str) -> CustomerFeatures:
        return self.read([customer_id])[0]


def _row(customer_id: str) -> RawRow:
    if customer_id[0].isdigit():
        return ["Yes", "One year", 5, 70.0], (NOW, NOW)
    return [None] * 4, (None, None)


def error_of(response: Any) -> dict[str, Any]:
    body = response.json()
    assert set(body) == {"error"}
    assert body["error"]["request_id"] == response.headers["x-request-id"]
    return dict(body["error"])

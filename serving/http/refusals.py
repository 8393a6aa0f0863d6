"""How often the guard has refused or broken off: BentoML counts only what is answered behind it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prometheus_client import Counter


def count_refusal(code: str) -> None:
    """Count one request by its error code, of which there are few."""
    _counter().labels(code=code).inc()


@cache
def _counter() -> Counter:
    from prometheus_client import Counter  # BentoML's worker must have set it up before

    return Counter("stayline_refused", "Requests that no endpoint saw, or whose time was over", ["code"])

"""How often the guard has refused: BentoML counts only what comes past it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prometheus_client import Counter


def count_refusal(code: str) -> None:
    """Count one refusal by its error code, of which there are few."""
    _counter().labels(code=code).inc()


@cache
def _counter() -> Counter:
    from prometheus_client import Counter  # BentoML's worker must have set it up before

    return Counter("stayline_refused", "Requests that were refused before any endpoint saw them", ["code"])

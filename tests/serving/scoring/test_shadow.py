from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from counts import counts, rise

from serving.counters import SHADOWED
from serving.errors import StoreError
from serving.scoring import shadow as shadow_module
from serving.scoring.served import Served
from serving.scoring.shadow import Shadow


@pytest.fixture
def shadow() -> Iterator[Shadow]:
    made = Shadow(10)
    yield made
    made.stop()


class Lines(logging.Handler):
    """Keeps what records say, as the service's log does, and wakes whoever waits for a number of them."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[str] = []
        self.arrived = threading.Condition()

    def emit(self, record: logging.LogRecord) -> None:
        with self.arrived:
            fields = getattr(record, "fields", None)
            self.messages.append(record.getMessage() if fields is None else json.dumps(fields))
            self.arrived.notify_all()

    def first(self, number: int) -> list[str]:
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.messages) >= number, 20), self.messages
            return list(self.messages)


@pytest.fixture
def lines() -> Iterator[Lines]:
    handler = Lines()
    level = shadow_module.log.level
    shadow_module.log.addHandler(handler)
    shadow_module.log.setLevel(logging.INFO)
    yield handler
    shadow_module.log.setLevel(level)
    shadow_module.log.removeHandler(handler)


def test_both_probabilities_are_told_and_no_customer(
    shadow: Shadow, lines: Lines, challenged: Callable[..., Served]
) -> None:
    served = challenged("shadow")
    results = served.many(["7590", "nobody", "8000"])
    scored_before = counts(SHADOWED.name).get("scored", 0)
    shadow.offer(served, "request-1", results)
    told: list[dict[str, Any]] = [json.loads(text) for text in lines.first(2)]
    expected = served.challenge.served.scoring.one("7590").probability  # type: ignore[union-attr]
    assert told[0] == {
        "request_id": "request-1",
        "champion": "churn:a",
        "challenger": "churn:b",
        "champion_probability": results[0].probability,  # type: ignore[union-attr]
        "challenger_probability": expected,
        "difference": expected - results[0].probability,  # type: ignore[union-attr]
    }
    assert told[0]["difference"] != 0
    assert counts(SHADOWED.name)["scored"] == scored_before + 2
    assert "7590" not in lines.messages[0]


def test_without_a_shadow_nothing_is_queued(shadow: Shadow, challenged: Callable[..., Served]) -> None:
    served = challenged("split", 0.5)
    shadow.offer(served, "request-1", served.scoring.many(["7590"]))
    assert shadow._thread is None


def test_a_challenger_that_fails_is_told_and_the_next_request_has_its_turn(
    shadow: Shadow, lines: Lines, challenged: Callable[..., Served], store: Any
) -> None:
    served = challenged("shadow")
    results = served.scoring.many(["7590"])
    store.fault = StoreError("away, with customer 7590")

    def offer() -> None:
        shadow.offer(served, "request-1", results)
        lines.first(1)

    assert rise(SHADOWED.name, offer) == {"failed": 1}
    assert json.loads(lines.first(1)[0])["error"] == "StoreError"
    assert "7590" not in lines.messages[0]
    store.fault = None
    shadow.offer(served, "request-2", results)
    assert "challenger_probability" in json.loads(lines.first(2)[1])


def test_what_does_not_fit_is_dropped_and_counted(
    shadow: Shadow, lines: Lines, challenged: Callable[..., Served], monkeypatch: pytest.MonkeyPatch
) -> None:
    served = challenged("shadow")
    results = served.scoring.many([f"{number:04d}" for number in range(8)])
    entered, leave = threading.Event(), threading.Event()
    scoring = served.challenge.served.scoring  # type: ignore[union-attr]
    many = scoring.many

    def slow(customer_ids: Sequence[str]) -> Any:
        entered.set()
        leave.wait(20)
        return many(customer_ids)

    monkeypatch.setattr(scoring, "many", slow)
    shadow.offer(served, "request-1", results)
    assert entered.wait(20)  # in work, so the queue is empty

    def offer_more() -> None:
        for number in range(2, 5):
            shadow.offer(served, f"request-{number}", results)

    assert rise(SHADOWED.name, offer_more) == {"left_out": 16}
    leave.set()
    told = lines.first(17)
    assert sum('"request-2"' in text for text in told) == 8
    assert not [text for text in told if '"request-3"' in text or '"request-4"' in text]
    assert [text for text in told if "left out" in text] == [
        "The shadow challenger cannot keep up: 16 customers were left out"
    ]

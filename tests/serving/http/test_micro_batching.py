from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from typing import Any, cast

import pytest

from serving.errors import DamagedFeatures, StoreError, UnknownCustomer
from serving.http.micro_batching import MicroBatcher
from serving.http.runtime import Runtime
from serving.scoring.scoring import Scoring
from serving.settings import load_settings


class Gate:
    """Scores when it is opened; keeps who came together."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.open = threading.Event()

    def each(self, customer_ids: Sequence[str]) -> list[Any]:
        self.batches.append(list(customer_ids))
        assert self.open.wait(10)
        if "down" in customer_ids:
            raise StoreError("the store is down")
        if "damaged" in customer_ids:
            raise DamagedFeatures("the row is damaged")
        if "bug" in customer_ids:
            raise ZeroDivisionError
        unknown = {"nobody": UnknownCustomer("nobody", "not there")}
        return [unknown.get(customer, customer) for customer in customer_ids]


def score(gates: Sequence[Gate], customers: Sequence[str]) -> list[Any]:
    """One customer of each gate alone first, then all others; opened when the first batch is under way."""

    async def run() -> list[Any]:
        together = MicroBatcher(Runtime(load_settings()))
        asked = [
            asyncio.create_task(together.one(cast(Scoring, gate), customer))
            for gate, customer in zip(gates, customers, strict=True)
        ]
        while not gates[0].batches:
            await asyncio.sleep(0)
        late = asyncio.create_task(together.one(cast(Scoring, gates[0]), "late"))
        await asyncio.sleep(0)
        for gate in gates:
            gate.open.set()
        return await asyncio.gather(*asked, late, return_exceptions=True)

    return asyncio.run(run())


def test_who_asks_at_once_is_scored_together_and_who_is_late_next() -> None:
    gate = Gate()
    assert score([gate] * 3, ["a", "b", "a"]) == ["a", "b", "a", "late"]
    assert gate.batches == [["a", "b", "a"], ["late"]]


def test_one_without_a_score_does_not_touch_the_others() -> None:
    first, unknown, last, _ = score([Gate()] * 3, ["a", "nobody", "b"])
    assert (first, last) == ("a", "b")
    assert isinstance(unknown, UnknownCustomer)


def test_a_store_that_is_down_is_so_for_all() -> None:
    first, second, late = score([Gate()] * 2, ["a", "down"])
    assert isinstance(first, StoreError)
    assert isinstance(second, StoreError)
    assert late == "late"


def test_a_damaged_row_does_not_touch_the_others() -> None:
    first, second, _ = score([Gate()] * 2, ["a", "damaged"])
    assert first == "a"
    assert isinstance(second, DamagedFeatures)


def test_what_nobody_foresaw_is_only_of_the_customer_that_it_is_of() -> None:
    first, second, _ = score([Gate()] * 2, ["a", "bug"])
    assert first == "a"
    assert isinstance(second, ZeroDivisionError)


def test_no_batch_is_of_two_models() -> None:
    old, new = Gate(), Gate()
    assert score([old, new], ["a", "b"]) == ["a", "b", "late"]
    assert old.batches[0] == ["a"]
    assert new.batches == [["b"]]


def test_a_batch_that_hangs_does_not_hold_the_next_one() -> None:
    async def run() -> None:
        hanging, free = Gate(), Gate()
        free.open.set()
        together = MicroBatcher(Runtime(load_settings()))
        stuck = asyncio.create_task(together.one(cast(Scoring, hanging), "a"))
        while not hanging.batches:
            await asyncio.sleep(0)
        answer: Any = await together.one(cast(Scoring, free), "b")
        assert answer == "b"
        assert not stuck.done()
        hanging.open.set()
        await stuck

    asyncio.run(run())


def test_a_model_that_hangs_does_not_hold_the_other_one_of_a_split() -> None:
    async def run() -> None:
        hanging, free = Gate(), Gate()
        free.open.set()
        together = MicroBatcher(Runtime(load_settings()))
        stuck = asyncio.create_task(together.one(cast(Scoring, hanging), "a"))
        answer: Any = await asyncio.wait_for(together.one(cast(Scoring, free), "b"), 5)
        assert (answer, stuck.done()) == ("b", False)
        hanging.open.set()
        await stuck

    asyncio.run(run())


def test_a_client_that_has_gone_does_not_touch_the_others() -> None:
    async def run() -> None:
        gate = Gate()
        together = MicroBatcher(Runtime(load_settings()))
        tasks = [asyncio.create_task(together.one(cast(Scoring, gate), name)) for name in "ab"]
        while not gate.batches:
            await asyncio.sleep(0)
        tasks[0].cancel()
        gate.open.set()
        answer: Any = await tasks[1]
        assert answer == "b"
        with pytest.raises(asyncio.CancelledError):
            await tasks[0]

    asyncio.run(run())

"""Micro-batching: concurrent requests for single customers are scored together.

A thread, a statement and a call of the classifier cost as much for one customer as for thirty. So requests
that arrive while a batch is being scored form the next batch. A request that arrives when none is being
scored does not wait. An error of one customer does not affect the others, see `Scoring.each`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from serving.errors import DamagedFeatures, ServingError
from serving.http.runtime import Runtime
from serving.scoring.score_json import Scored
from serving.scoring.scoring import Scoring

LONGEST_WAIT_SECONDS = 0.02
"""Longest time that a batch waits for the previous one, which may hang on a store that is down."""

_Outcomes = list[Scored | ServingError]


class _Asked(NamedTuple):
    scoring: Scoring
    customer_id: str
    answer: asyncio.Future[Scored]


class MicroBatcher:
    """Collects concurrent requests into batches; belongs to one event loop.

    Parameters
    ----------
    runtime : Runtime
        Its threads score, within the `read_timeout_seconds` of its settings.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._waiting: list[_Asked] = []
        self._batches: set[asyncio.Future[_Outcomes]] = set()

    async def one(self, scoring: Scoring, customer_id: str) -> Scored:
        """Score one customer; raises as `Scoring.one`."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Scored] = loop.create_future()
        self._waiting.append(_Asked(scoring, customer_id, answer))
        if len(self._waiting) == 1:
            if self._batches:
                loop.call_later(LONGEST_WAIT_SECONDS, self._start)
            else:
                loop.call_soon(self._start)  # requests read in this turn of the loop join the batch
        return await answer

    def _start(self) -> None:
        of_models: dict[Scoring, list[_Asked]] = {}  # two after a swap or in mode split
        for asked in self._waiting:
            of_models.setdefault(asked.scoring, []).append(asked)
        self._waiting = []
        for scoring, batch in of_models.items():
            self._begin(scoring, batch)

    def _begin(self, scoring: Scoring, batch: Sequence[_Asked]) -> None:
        scored = self._runtime.begin(scoring.each, [asked.customer_id for asked in batch])
        self._batches.add(scored)
        scored.add_done_callback(partial(self._answer, scoring, batch))

    def _answer(self, scoring: Scoring, batch: Sequence[_Asked], scored: asyncio.Future[_Outcomes]) -> None:
        self._batches.discard(scored)
        error = scored.exception()
        if len(batch) > 1 and _is_of_one(error):  # find whose it is
            for asked in batch:
                self._begin(scoring, [asked])
        else:
            _tell(batch, scored.result() if error is None else [error] * len(batch))
        if not self._batches:
            self._start()


def _is_of_one(error: BaseException | None) -> bool:
    """Whether an error is that of one customer, or unforeseen."""
    return isinstance(error, DamagedFeatures) or not isinstance(error, ServingError | None)


def _tell(batch: Sequence[_Asked], outcomes: Sequence[Scored | BaseException]) -> None:
    for asked, outcome in zip(batch, outcomes, strict=True):
        if asked.answer.done():  # the client has disconnected
            continue
        if isinstance(outcome, BaseException):
            asked.answer.set_exception(outcome)
        else:
            asked.answer.set_result(outcome)

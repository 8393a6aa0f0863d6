"""What the endpoints of one process share: the models in service and the threads."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

from serving.at_risk.scores_file import ScoresFile, scores_path
from serving.errors import RequestOverdue, StoreTimeout
from serving.features.store_wait import StoreWait
from serving.http.stopping import Stopping
from serving.scoring.in_service import InService

T = TypeVar("T")
FILE_THREADS = 2
"""Threads that read files; further reads wait, at most until the deadline of their request."""


@dataclass
class Runtime(InService):
    """The models in service, and the threads that endpoints score and read files in.

    Attributes
    ----------
    stopping : Stopping
        Whether this worker has received SIGTERM.
    scores : ScoresFile
        The list of the latest batch scoring.
    """

    stopping: Stopping = field(init=False)
    scores: ScoresFile = field(init=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.stopping = Stopping(self.settings.drain_seconds)
        self.scores = ScoresFile(scores_path(self.settings.scores_file))
        self._threads = ThreadPoolExecutor(self.settings.threads, thread_name_prefix="score")
        self._waits: set[StoreWait] = set()
        self._file_threads = ThreadPoolExecutor(FILE_THREADS, thread_name_prefix="file")
        self._check_thread = self._threads  # one thread: the store may not be safe for two
        if self.settings.threads > 1:
            self._check_thread = ThreadPoolExecutor(1, thread_name_prefix="check")

    async def run(self, work: Callable[..., T], *arguments: object) -> T:
        """Run blocking work in a thread, so that a slow store never blocks the event loop.

        Raises
        ------
        StoreTimeout
            If the online store does not answer this work within `store_timeout_seconds`, or, while this work
            waits for a thread, the work before it.
        RequestOverdue
            If it takes longer than `read_timeout_seconds`, including the wait for a thread.
        """
        return await self._in_time(self._threads, work, *arguments)

    async def run_check(self, work: Callable[..., T]) -> T:
        """Like `run`, for a check of the store.

        If `threads` is above 1 the check has a thread of its own, so that a busy service stays ready.
        """
        return await self._in_time(self._check_thread, work)

    async def _in_time(self, threads: ThreadPoolExecutor, work: Callable[..., T], *arguments: object) -> T:
        wait = StoreWait()
        future = asyncio.get_running_loop().run_in_executor(threads, self._noting, wait, work, *arguments)
        last = time.monotonic() + self.settings.read_timeout_seconds
        try:
            while not future.done():
                done, _ = await asyncio.wait((future,), timeout=self._patience(wait, last))
                if not done:
                    self._give_up(wait, last)
            return future.result()
        finally:
            future.cancel()  # if it was given up, and no thread has begun it

    def _noting(self, wait: StoreWait, work: Callable[..., T], *arguments: object) -> T:
        self._waits.add(wait)
        try:
            return wait.run(work, *arguments)
        finally:
            self._waits.discard(wait)

    def _patience(self, wait: StoreWait, last: float) -> float:
        """Seconds until it is time to look again."""
        now, since = time.monotonic(), wait.since
        return max(0.0, min(last, (since or now) + self.settings.store_timeout_seconds) - now)

    def _give_up(self, wait: StoreWait, last: float) -> None:
        """Raise if it is too late for this work. Other work that is stuck keeps its thread from it."""
        seconds = self.settings.store_timeout_seconds
        waits = tuple(self._waits)  # of calls that a thread has begun
        if any(each.over(seconds) for each in ([wait] if wait in waits else waits)):
            raise StoreTimeout(f"the online store did not answer within {seconds:g} s; see what holds it")
        if time.monotonic() >= last:
            seconds = self.settings.read_timeout_seconds
            raise RequestOverdue(
                f"reading and scoring was not done within {seconds:g} s; ask again, or for less at a time"
            )

    async def run_on_files(self, work: Callable[..., T], *arguments: object) -> T:
        """Run work that reads files in separate threads, so that a slow disk does not hold up scoring."""
        return await asyncio.get_running_loop().run_in_executor(self._file_threads, work, *arguments)

"""What the endpoints of one process share: the models in service and the threads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

from serving.at_risk.scores_file import ScoresFile, scores_path
from serving.features.store_wait import StoreWait
from serving.http.stopping import Stopping
from serving.http.threads import Call, Threads
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
        self._threads = Threads(self.settings.threads, "score")
        self._begun: set[StoreWait] = set()
        self._file_threads = ThreadPoolExecutor(FILE_THREADS, thread_name_prefix="file")
        self._check_thread = self._threads  # one thread: the store may not be safe for two
        if self.settings.threads > 1:
            self._check_thread = Threads(1, "check")

    def now(self) -> datetime:
        """The moment, UTC, from which ages count: the setting `as_of`, or the clock's."""
        return (self.settings.as_of or datetime.now(UTC)).astimezone(UTC)

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
        return await self.begin(work, *arguments)

    def begin(self, work: Callable[..., T], *arguments: object) -> asyncio.Future[T]:
        """Like `run`, for who does not await the outcome here."""
        return self._begin(self._threads, work, *arguments)

    async def run_check(self, work: Callable[..., T]) -> T:
        """Like `run`, for a check of the store.

        If `threads` is above 1 the check has a thread of its own, so that a busy service stays ready.
        """
        return await self._begin(self._check_thread, work)

    def _begin(self, threads: Threads, work: Callable[..., T], *arguments: object) -> asyncio.Future[T]:
        call = Call(self.settings, self._begun, work, arguments)
        threads.submit(call)
        return call.future

    async def run_on_files(self, work: Callable[..., T], *arguments: object) -> T:
        """Run work that reads files in separate threads, so that a slow disk does not hold up scoring."""
        return await asyncio.get_running_loop().run_in_executor(self._file_threads, work, *arguments)

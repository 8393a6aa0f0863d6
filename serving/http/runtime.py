"""What the endpoints of one process share: the models in service and the threads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

from serving.at_risk.scores_file import ScoresFile, scores_path
from serving.errors import StoreTimeout
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
        self._file_threads = ThreadPoolExecutor(FILE_THREADS, thread_name_prefix="file")
        self._check_thread = self._threads  # one thread: the store may not be safe for two
        if self.settings.threads > 1:
            self._check_thread = ThreadPoolExecutor(1, thread_name_prefix="check")

    async def run(self, work: Callable[..., T], *arguments: object) -> T:
        """Run blocking work in a thread, so that a slow store never blocks the event loop.

        Raises
        ------
        StoreTimeout
            If it takes longer than `read_timeout_seconds`, including the wait for a thread.
        """
        late = "reading and scoring was not done within {:g} s; ask again, or for less at a time"
        return await self._in_time(self._threads, late, work, *arguments)

    async def run_check(self, work: Callable[..., T]) -> T:
        """Like `run`, for a check of the store.

        If `threads` is above 1 the check has a thread of its own, so that a busy service stays ready.
        """
        late = "the online store did not answer within {:g} s; see what holds it"
        return await self._in_time(self._check_thread, late, work)

    async def _in_time(
        self, threads: ThreadPoolExecutor, late: str, work: Callable[..., T], *arguments: object
    ) -> T:
        seconds = self.settings.read_timeout_seconds
        future = asyncio.get_running_loop().run_in_executor(threads, work, *arguments)
        try:
            return await asyncio.wait_for(future, seconds)
        except TimeoutError as error:
            if not future.cancelled():  # raised by the work itself
                raise
            raise StoreTimeout(late.format(seconds)) from error

    async def run_on_files(self, work: Callable[..., T], *arguments: object) -> T:
        """Run work that reads files in separate threads, so that a slow disk does not hold up scoring."""
        return await asyncio.get_running_loop().run_in_executor(self._file_threads, work, *arguments)

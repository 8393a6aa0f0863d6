"""What the endpoints of one process work with: the settings, the model in service, the threads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

from serving.at_risk.scores_file import ScoresFile, scores_path
from serving.errors import NotReady, StoreTimeout
from serving.http.served import Served
from serving.http.stopping import Stopping
from serving.live.shadow import Shadow
from serving.settings import Settings

T = TypeVar("T")
FILE_THREADS = 2
"""Threads that read files; what is asked for beyond waits, at most until its request's time is over."""


@dataclass
class Runtime:
    """What the endpoints work with; `served` is set when the service has loaded its model, and at each swap.

    Parameters
    ----------
    settings : Settings
    served : Served or None
    notices : tuple of str
        What somebody should look at, though the service answers.

    Attributes
    ----------
    shadow : Shadow
        Lets a challenger score what was asked, after the answer.
    stopping : Stopping
        Whether this worker has been told to stop.
    """

    settings: Settings
    served: Served | None = None
    notices: tuple[str, ...] = ()
    shadow: Shadow = field(init=False)
    stopping: Stopping = field(init=False)

    def __post_init__(self) -> None:
        self.shadow = Shadow(self.settings.shadow_queue)
        self.stopping = Stopping(self.settings.drain_seconds)
        self.scores = ScoresFile(scores_path(self.settings.scores_file))
        self._threads = ThreadPoolExecutor(self.settings.threads, thread_name_prefix="score")
        self._file_threads = ThreadPoolExecutor(FILE_THREADS, thread_name_prefix="file")
        self._check_thread = ThreadPoolExecutor(1, thread_name_prefix="check")

    def in_service(self) -> Served:
        """The model in service, whether it may score or not. Raises NotReady before it is loaded."""
        if self.served is None:
            raise NotReady("the model is not loaded yet; ask again in a few seconds")
        return self.served

    def loaded(self) -> Served:
        """The model in service, to score with: taken once per request.

        Raises
        ------
        NotReady
            If it is not loaded yet, or may not score.
        """
        served = self.in_service()
        if served.unfit is not None:
            raise NotReady(served.unfit)
        return served

    async def run(self, work: Callable[..., T], *arguments: object) -> T:
        """Run blocking work in a thread, so that a slow store never stops the event loop.

        Raises
        ------
        StoreTimeout
            If it takes longer than the settings allow, the wait for a thread included.
        """
        return await self._in_time(self._threads, work, *arguments)

    async def run_check(self, work: Callable[..., T], *arguments: object) -> T:
        """As `run`, in a thread that never scores: whoever is busy is still there."""
        return await self._in_time(self._check_thread, work, *arguments)

    async def _in_time(self, threads: ThreadPoolExecutor, work: Callable[..., T], *arguments: object) -> T:
        seconds = self.settings.read_timeout_seconds
        future = asyncio.get_running_loop().run_in_executor(threads, work, *arguments)
        try:
            return await asyncio.wait_for(future, seconds)
        except TimeoutError as error:
            raise StoreTimeout(
                f"reading and scoring was not done within {seconds:g} s; ask again, or for less at a time, "
                "or see what holds the online store"
            ) from error

    async def run_on_files(self, work: Callable[..., T], *arguments: object) -> T:
        """Run work that reads files in threads of its own, so that a slow disk takes none from scoring."""
        return await asyncio.get_running_loop().run_in_executor(self._file_threads, work, *arguments)

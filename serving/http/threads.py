"""Blocking work in threads, for a future of the event loop, within the times that the settings allow.

`ThreadPoolExecutor` gives work to the thread that has rested longest. Here the one that worked last goes
on: its connection's pages and its memory are still in the processor's caches. A call goes straight from the
thread to the event loop, without a second future and its locks between them.
"""

from __future__ import annotations

import asyncio
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any

from serving.errors import RequestOverdue, StoreTimeout
from serving.features.store_wait import StoreWait
from serving.settings import Settings

Work = Callable[[], object]


@dataclass
class _State:
    lock: threading.Lock = field(default_factory=threading.Lock)
    idle: list[SimpleQueue[Work | None]] = field(default_factory=list)
    waiting: deque[Work] = field(default_factory=deque)


class Threads:
    """Threads that start when they are needed, and end with this object.

    Parameters
    ----------
    most : int
        Most threads; further work waits.
    name : str
        The threads' names begin with it.
    """

    def __init__(self, most: int, name: str) -> None:
        self._most, self._name = most, name
        self._state = _State()
        self._started = 0
        weakref.finalize(self, _end, self._state)

    def submit(self, work: Work) -> None:
        """Let a thread do work, which raises nothing."""
        state = self._state
        with state.lock:
            if state.idle:
                state.idle.pop().put(work)
            elif self._started < self._most:
                self._start(work)
            else:
                state.waiting.append(work)

    def _start(self, work: Work) -> None:
        name = f"{self._name}_{self._started}"
        # A daemon: work that hangs must not keep the process from its end.
        threading.Thread(target=_serve, args=(self._state, work), name=name, daemon=True).start()
        self._started += 1


def _serve(state: _State, work: Work | None) -> None:
    own: SimpleQueue[Work | None] = SimpleQueue()
    while work is not None:
        work()
        work = None  # what it holds is not kept while the thread rests
        with state.lock:
            if state.waiting:
                work = state.waiting.popleft()
            else:
                state.idle.append(own)
        if work is None:
            work = own.get()


def _end(state: _State) -> None:
    with state.lock:
        for each in state.idle:
            each.put(None)


class Call:
    """Work in a thread, and the future of its outcome, which has one in time in any case.

    Parameters
    ----------
    settings : Settings
        ``store_timeout_seconds`` and ``read_timeout_seconds`` are the longest times.
    begun : set of StoreWait
        What the calls that a thread has begun wait for; this one joins them.
    work : callable
    arguments : tuple
        Of the work.

    Attributes
    ----------
    future : asyncio.Future
        Raises what the work raises; StoreTimeout if the store does not answer it in time, or, while it waits
        for a thread, the work before it; and RequestOverdue if it takes longer altogether.
    """

    def __init__(
        self,
        settings: Settings,
        begun: set[StoreWait],
        work: Callable[..., object],
        arguments: tuple[object, ...],
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self.future: asyncio.Future[Any] = self._loop.create_future()
        self._settings, self._begun = settings, begun
        self._work, self._arguments = work, arguments
        self._wait = StoreWait()
        self._last = time.monotonic() + settings.read_timeout_seconds
        self._timer = self._loop.call_later(
            min(settings.store_timeout_seconds, settings.read_timeout_seconds), self._look
        )
        self.future.add_done_callback(lambda _: self._timer.cancel())

    def __call__(self) -> None:
        """Do the work in this thread, unless it was given up before."""
        if self.future.done():
            return
        result, failure = None, None
        self._begun.add(self._wait)
        try:
            result = self._wait.run(self._work, *self._arguments)
        except BaseException as error:  # it is raised where the future is awaited
            failure = error
        finally:
            self._begun.discard(self._wait)
        with suppress(RuntimeError):  # the loop is closed, and nobody awaits the future
            self._loop.call_soon_threadsafe(self._answer, result, failure)

    def _answer(self, result: object, failure: BaseException | None) -> None:
        if self.future.done():
            return
        if failure is None:
            self.future.set_result(result)
        else:
            self.future.set_exception(failure)

    def _look(self) -> None:
        """Give up if it is too late. Other work that is stuck keeps its thread from this one."""
        seconds, now = self._settings.store_timeout_seconds, time.monotonic()
        begun = tuple(self._begun)
        waits = [self._wait] if self._wait in begun else begun
        if any(each.over(seconds) for each in waits):
            text = f"the online store did not answer within {seconds:g} s; see what holds it"
            self.future.set_exception(StoreTimeout(text))
        elif now >= self._last:
            seconds = self._settings.read_timeout_seconds
            text = f"reading and scoring was not done within {seconds:g} s; ask again, or for less at a time"
            self.future.set_exception(RequestOverdue(text))
        else:
            next_look = min(self._last, (self._wait.since or now) + seconds)
            self._timer = self._loop.call_later(max(0.0, next_look - now), self._look)

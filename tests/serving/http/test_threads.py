from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Callable
from queue import SimpleQueue

from serving.errors import RequestOverdue
from serving.features.store_wait import StoreWait
from serving.http.threads import Call, Threads
from serving.settings import Settings, load_settings


def named(threads: Threads) -> str:
    """Name of the thread that does the next work."""
    names: SimpleQueue[str] = SimpleQueue()
    threads.submit(lambda: names.put(threading.current_thread().name))
    return names.get(timeout=10)


def held(threads: Threads) -> Callable[[], None]:
    """Keep a thread busy; what is returned lets it rest, and waits until it does."""
    begun, release = threading.Event(), threading.Event()
    who: list[threading.Thread] = []

    def work() -> None:
        who.append(threading.current_thread())
        begun.set()
        assert release.wait(10)

    def rest() -> None:
        before = len(threads._state.idle)
        release.set()
        while len(threads._state.idle) == before:
            assert who[0].is_alive()

    threads.submit(work)
    assert begun.wait(10)
    return rest


def test_the_thread_that_worked_last_goes_on() -> None:
    threads = Threads(3, "t")
    rests = [held(threads) for _ in range(3)]
    for at in (2, 0, 1):
        rests[at]()
    assert [named(threads) for _ in range(4)] == ["t_1"] * 4


def test_work_above_the_most_threads_waits_in_order() -> None:
    threads, done = Threads(1, "t"), SimpleQueue[int]()
    rest = held(threads)
    for number in range(3):
        threads.submit(lambda number=number: done.put(number))
    assert done.empty()
    threading.Thread(target=rest).start()
    assert [done.get(timeout=10) for _ in range(3)] == [0, 1, 2]


def test_threads_end_with_their_owner() -> None:
    threads = Threads(2, "ends")
    for rest in [held(threads) for _ in range(2)]:
        rest()
    mine = [each for each in threading.enumerate() if each.name.startswith("ends")]
    assert len(mine) == 2
    del threads, rest
    gc.collect()
    for each in mine:
        each.join(10)
    assert not any(each.is_alive() for each in mine)


def begin(threads: Threads, settings: Settings, work: Callable[[], object]) -> asyncio.Future[object]:
    call = Call(settings, set[StoreWait](), work, ())
    threads.submit(call)
    return call.future


def test_a_loop_that_is_closed_costs_no_thread() -> None:
    threads, release = Threads(1, "t"), threading.Event()

    async def leave() -> None:
        begin(threads, load_settings(), lambda: release.wait(10))

    asyncio.run(leave())
    release.set()
    assert named(threads) == "t_0"


def test_work_that_was_given_up_is_not_begun() -> None:
    threads, done = Threads(1, "t"), list[int]()
    settings = load_settings().model_copy(update={"read_timeout_seconds": 0.05})

    async def ask() -> bool:
        rest = held(threads)
        call = begin(threads, settings, lambda: done.append(1))
        try:
            await call
        except RequestOverdue:
            return True
        finally:
            threading.Thread(target=rest).start()
        return False

    assert asyncio.run(ask())
    assert named(threads) == "t_0"
    assert done == []

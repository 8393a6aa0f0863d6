from __future__ import annotations

import logging
import threading

import pytest

from serving.live.watcher import Watcher


def test_a_step_that_fails_is_logged_once_and_the_next_is_taken(caplog: pytest.LogCaptureFixture) -> None:
    turns: list[int] = []
    enough = threading.Event()

    def step() -> None:
        turns.append(len(turns))
        if len(turns) >= 6:
            enough.set()
        if len(turns) in (2, 3, 5):
            raise OSError("the disk is away")

    watcher = Watcher(step, 0.001)
    watcher.start()
    assert enough.wait(20)
    watcher.stop()
    errors = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert len(errors) == 2  # once for turns 2 and 3, once for turn 5
    assert not any(thread.name == "watcher" for thread in threading.enumerate())

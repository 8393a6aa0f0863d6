"""A thread that repeats one step until it is stopped."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

logger = logging.getLogger("bentoml.stayline")


class Watcher:
    """Calls `step` every `seconds` in a thread of its own.

    Parameters
    ----------
    step : callable
    seconds : float
    """

    def __init__(self, step: Callable[[], None], seconds: float) -> None:
        self._step = step
        self._seconds = seconds
        self._stopped = threading.Event()
        self._failure: str | None = None
        self._thread = threading.Thread(target=self._run, name="watcher", daemon=True)

    def start(self) -> None:
        """Start the thread; its first step is after `seconds`."""
        self._thread.start()

    def stop(self) -> None:
        """Stop the thread after the current step."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopped.wait(self._seconds):
            try:
                self._step()
            except Exception as error:  # the models in service stay; the next step may succeed
                self._log_once(error)
            else:
                self._failure = None

    def _log_once(self, error: Exception) -> None:
        failure = f"{type(error).__name__}: {error}"
        if failure != self._failure:
            logger.error("The registry cannot be followed for now: %s", failure, exc_info=error)
        self._failure = failure

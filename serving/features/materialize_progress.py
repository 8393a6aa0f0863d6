"""Progress of materialize: Feast reports it for each view, and a caller wants it for all views."""

from __future__ import annotations

from collections.abc import Callable

# Called with the rows written so far and the rows to write, of all views; the second is an estimate until
# the last view has been read.
Progress = Callable[[int, int], None]


class Bars:
    """The part of tqdm's interface that Feast uses, one bar per view, passed on to one callback.

    Parameters
    ----------
    views : int
        How many views there are.
    progress : callable or None
        Called with the rows written so far and the rows to write.
    """

    def __init__(self, views: int, progress: Progress | None) -> None:
        self._views, self._progress = views, progress
        self._done = self._total = 0

    def start(self, rows: int) -> Bars:
        """Start the next view; the views to come are assumed to have as many rows."""
        self._views -= 1
        self._total = self._done + rows * (1 + self._views)
        return self

    def __enter__(self) -> Bars:
        self.update(0)
        return self

    def __exit__(self, *exception: object) -> None:
        """Do nothing: the callback's owner closes its bar."""

    def update(self, rows: int) -> None:
        """Count rows written."""
        self._done += rows
        if self._progress is not None:
            self._progress(self._done, self._total)

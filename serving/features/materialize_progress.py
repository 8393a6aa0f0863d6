"""Progress of materialize: Feast asks for a bar for each view, and a caller for one of them all."""

from __future__ import annotations

from collections.abc import Callable

# Called with the rows written so far and the rows to write, of all views; the second is a guess until the
# last view has been read.
Progress = Callable[[int, int], None]


class Bars:
    """What Feast wants of tqdm's bars, one a view, passed on to one progress callback.

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
        """Begin the next view; those to come are taken to have as many rows."""
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

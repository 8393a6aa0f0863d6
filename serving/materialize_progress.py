"""Progress of materialize: Feast asks for a bar, a caller gets called."""

from __future__ import annotations

from collections.abc import Callable

# Called with the view, its rows written so far and its rows to write.
Progress = Callable[[str, int, int], None]


class Bar:
    """What Feast wants of a tqdm bar, passed on to a progress callback.

    Parameters
    ----------
    view : str
        The feature view.
    total : int
        Rows to write.
    progress : callable or None
        Called with the view, the rows written so far and the rows to write.
    """

    def __init__(self, view: str, total: int, progress: Progress | None) -> None:
        self._view, self._total, self._done = view, total, 0
        self._progress = progress

    def __enter__(self) -> Bar:
        self.update(0)
        return self

    def __exit__(self, *exception: object) -> None:
        """Do nothing: the callback's owner closes its bar."""

    def update(self, rows: int) -> None:
        """Count rows written."""
        self._done += rows
        if self._progress is not None:
            self._progress(self._view, self._done, self._total)

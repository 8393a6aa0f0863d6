"""Follows the playbook and the suppression file, and says why a changed file is not taken up."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Generic, TypeVar

from feature_repo.files import FileState, file_state
from serving.counters import POLICY_FILES
from serving.decision.places import playbook_path, suppressed_path
from serving.decision.playbook.reading import PlaybookFile, read_playbook
from serving.decision.policy import Policy
from serving.decision.suppressed import Suppressed, read_suppressed
from serving.errors import ServingError
from serving.settings import Settings

T = TypeVar("T")
logger = logging.getLogger("bentoml.stayline")
RETRY_SECONDS = 10.0
"""Time after which a file that could not be used is read again."""


class Policies:
    """Keeps a `Policy` up to date with both files. Not thread-safe.

    Parameters
    ----------
    settings : Settings
    now : callable
        Clock, with a time zone; offers that have ended are refused.
    """

    def __init__(self, settings: Settings, now: Callable[[], datetime]) -> None:
        self._playbook = _Followed[PlaybookFile](
            playbook_path(settings), lambda path: read_playbook(path, now().astimezone(UTC).date())
        )
        self._suppressed = _Followed[Suppressed](suppressed_path(settings), read_suppressed)
        self._protected = settings.protected_attributes
        self._policy = Policy(None)

    def look(self) -> Policy:
        """The policy of the files as they are; the same object while nothing has changed.

        A file that cannot be used changes nothing. Before the first one that can, nobody is contacted.
        """
        changed = [followed.look() for followed in (self._playbook, self._suppressed)]
        suppressed = self._suppressed.content
        if any(changed):
            playbook = None if suppressed is None else self._playbook.content
            self._policy = Policy(playbook, suppressed or Suppressed(), self._protected)
        return self._policy

    @property
    def notices(self) -> tuple[str, ...]:
        """Why a file is not taken up."""
        return tuple(followed.problem for followed in (self._playbook, self._suppressed) if followed.problem)


class _Followed(Generic[T]):
    """One file: what it holds, and what is wrong with it."""

    def __init__(self, path: Path, read: Callable[[Path], T]) -> None:
        self._path = path
        self._read = read
        self._seen: object = self  # no state of a file
        self._tried = 0.0
        self.content: T | None = None
        self.problem: str | None = None

    def look(self) -> bool:
        """Read the file if it has changed, or could not be used before; say whether the content is new."""
        state = self._state()
        again = self.problem is not None and time.monotonic() - self._tried >= RETRY_SECONDS
        if state == self._seen and not again:
            return False
        self._seen, self._tried = state, time.monotonic()
        try:
            self._take(state)
        except ServingError as error:
            self._refuse(str(error))
            return False
        return True

    def _state(self) -> FileState | str | None:
        try:
            return file_state(self._path)
        except OSError as error:
            return str(error)

    def _take(self, state: FileState | str | None) -> None:
        if state is None and self.content is not None:
            raise ServingError(f"{self._path} has gone, so what it held still counts; put it back")
        self.content = self._read(self._path)
        self.problem = None
        POLICY_FILES.add("taken")
        logger.info("Deciding by %s as it is now", self._path)

    def _refuse(self, problem: str) -> None:
        if problem != self.problem:
            POLICY_FILES.add("refused")
            logger.error("Not taken up: %s", problem)
        self.problem = problem

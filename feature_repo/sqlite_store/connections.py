"""Connections to the online store's SQLite file: many readers while one writes."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from feature_repo.files import private_file, private_place

# A writer holds the file for one batch, well under a second; a reader never waits in WAL mode.
BUSY_SECONDS = 30.0


class Connections:
    """A pool of connections to one file. A thread borrows one and returns it, so no two threads share one.

    Parameters
    ----------
    path : Path
        The SQLite file; it and its folder are created when first needed.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._idle: list[sqlite3.Connection] = []
        self._process = os.getpid()
        self._lock = Lock()

    @contextmanager
    def borrow(self) -> Iterator[sqlite3.Connection]:
        """Connection in autocommit mode for the length of the block."""
        connection = self._take()
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        with self._lock:
            self._idle.append(connection)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Connection in a write transaction, committed at the end of the block or rolled back by an error."""
        with self.borrow() as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")

    def close(self) -> None:
        """Close the idle connections."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _take(self) -> sqlite3.Connection:
        with self._lock:
            if self._process != os.getpid():
                # SQLite's connections must not cross a fork.
                self._idle, self._process = [], os.getpid()
            if self._idle:
                return self._idle.pop()
        return _open(self.path)


def _open(path: Path) -> sqlite3.Connection:
    # SQLite gives the log and the shared memory the permissions of the file.
    private_place(path)
    private_file(path)
    for beside in (path.with_name(f"{path.name}{suffix}") for suffix in ("-wal", "-shm")):
        if beside.exists():
            private_file(beside)
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
    except BaseException:
        connection.close()  # one that is not closed stays open
        raise
    return connection

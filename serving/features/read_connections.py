"""Read-only connections to our SQLite online store: one a thread, for all models that a process serves.

A connection belongs to the process, not to a model: sqlite3 keeps a reference from a connection to itself, so
one that is not closed stays open until the garbage collector finds it, and a champion may be swapped often.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from pathlib import Path
from urllib.parse import quote

# In WAL mode a reader waits for no writer; this covers the recovery of a crashed writer's log.
BUSY_SECONDS = 2.0
CACHE_KIB = 32_768
"""Most that a thread's connection caches, in KiB: a store of 100,000 customers has 28 MB. SQLite's memory map
would save another tenth of a read, but then a disk that fails would kill the process."""


class ReadConnections:
    """The connections to one file.

    Parameters
    ----------
    path : Path
        The SQLite file. It is opened for reading only, and never created.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._opened = threading.local()

    def current(self) -> sqlite3.Connection:
        """Return the calling thread's connection to the file that is there now, which a teardown replaces.

        Raises
        ------
        FileNotFoundError
            There is no file.
        sqlite3.Error, OSError
            The file cannot be opened.
        """
        stat = os.stat(self.path)
        identity = (stat.st_dev, stat.st_ino)
        if getattr(self._opened, "connection", None) is None or self._opened.identity != identity:
            self.discard()
            self._opened.connection = _open(self.path)
            self._opened.identity = identity
        connection: sqlite3.Connection = self._opened.connection
        return connection

    def discard(self) -> None:
        """Close this thread's connection; the next read opens another."""
        opened = getattr(self._opened, "connection", None)
        if opened is not None:
            opened.close()
            self._opened.connection = None


def _open(path: Path) -> sqlite3.Connection:
    # In a read-only folder SQLite cannot create its shared memory. Without a log nobody writes to the file.
    log = path.with_name(path.name + "-wal")
    frozen = "&immutable=1" if not os.access(path.parent, os.W_OK) and not log.exists() else ""
    uri = f"file:{quote(str(path))}?mode=ro{frozen}"
    connection = sqlite3.connect(
        uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    try:
        connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    except BaseException:
        connection.close()  # one that is not closed stays open
        raise
    return connection

"""The customers who left, as the online store itself knows them: no upsert brings one of them back.

    left_customers(key TEXT PRIMARY KEY)

`python -m serving materialize` records them. A `feast materialize` of an old window then writes the others
only. One key is bytes, as no customer's is: the check of all others. This module does not import Feast,
which takes seconds.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection

from feature_repo.errors import OnlineStoreError
from feature_repo.sqlite_store.row_check import checked, seed_of

TABLE = "left_customers"
_CREATE = f"CREATE TABLE {TABLE} (key TEXT PRIMARY KEY) WITHOUT ROWID"
_SEED = seed_of(TABLE, ["key"])


def ensure_left(connection: sqlite3.Connection) -> None:
    """Create the table in a store that has none. The caller holds the transaction."""
    known = connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (TABLE,)).fetchone()
    if not known:
        connection.execute(_CREATE)
        record_left(connection, ())


def record_left(connection: sqlite3.Connection, keys: Collection[str]) -> None:
    """Make `keys` the customers who left. The caller holds the transaction.

    Only what differs is written. A record that is damaged is begun anew.
    """
    wanted = set(keys)
    try:
        held = read_left(connection)
    except (OnlineStoreError, sqlite3.OperationalError):  # the latter where a text is not UTF-8
        connection.execute(f"DELETE FROM {TABLE}")
        held = None
    if held == wanted:
        return
    known: set[str] = held or set()
    connection.execute(f"DELETE FROM {TABLE} WHERE typeof(key) = 'blob'")
    connection.executemany(f"DELETE FROM {TABLE} WHERE key = ?", ((key,) for key in sorted(known - wanted)))
    added = [*sorted(wanted - known), _seal(sorted(wanted))]
    connection.executemany(f"INSERT INTO {TABLE} VALUES (?)", ((key,) for key in added))


def read_left(connection: sqlite3.Connection) -> set[str]:
    """Return the customers who left.

    Raises
    ------
    OnlineStoreError
        The table is not as it was written.
    """
    keys = [row[0] for row in connection.execute(f"SELECT key FROM {TABLE}")]
    left = sorted(key for key in keys if isinstance(key, str))
    if [key for key in keys if not isinstance(key, str)] != [_seal(left)]:
        raise OnlineStoreError(
            "The online store's record of who left is damaged; run `python -m serving materialize`, "
            "which writes it again."
        )
    return set(left)


def _seal(keys: Collection[str | bytes]) -> bytes:
    check: int = checked(tuple(keys), _SEED)[-1]
    return check.to_bytes(4, "big")

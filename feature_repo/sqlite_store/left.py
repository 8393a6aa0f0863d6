"""The customers who left, as the online store itself knows them: no upsert brings one of them back.

    left_customers(key TEXT PRIMARY KEY)

`python -m serving materialize` records them. A `feast materialize` of an old window then writes the others
only. This module does not import Feast, which takes seconds.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection

TABLE = "left_customers"
_CREATE = f"CREATE TABLE IF NOT EXISTS {TABLE} (key TEXT PRIMARY KEY) WITHOUT ROWID"


def ensure_left(connection: sqlite3.Connection) -> None:
    """Create the table in a store that has none. The caller holds the transaction."""
    connection.execute(_CREATE)


def record_left(connection: sqlite3.Connection, keys: Collection[str]) -> None:
    """Make `keys` the customers who left. The caller holds the transaction."""
    held = {row[0] for row in connection.execute(f"SELECT key FROM {TABLE}")}
    back, gone = held.difference(keys), set(keys) - held
    connection.executemany(f"DELETE FROM {TABLE} WHERE key = ?", ((key,) for key in back))
    connection.executemany(f"INSERT INTO {TABLE} VALUES (?)", ((key,) for key in sorted(gone)))


def forget_left(connection: sqlite3.Connection) -> None:
    """Forget who left, because another base has other customers. The caller holds the transaction."""
    connection.execute(f"DELETE FROM {TABLE}")


def still_here(key: str) -> str:
    """SQL condition that the customer of a key, itself SQL, has not left."""
    return f"NOT EXISTS (SELECT 1 FROM {TABLE} WHERE {TABLE}.key = {key})"

"""Check values of the online store: what a disk changed is an error, and never another value.

Every row ends with a check of all that stands before it. A row that is not found has none, so another table
says which rows there are:

    stored_rows(key TEXT PRIMARY KEY, views INTEGER)    the bits of the views that hold a row of a customer

One changed bit makes a row differ from its check, or from the other table. A check is not a signature:
somebody who changes both on purpose is not detected. This module does not import Feast.
"""

from __future__ import annotations

import marshal
import sqlite3
import zlib
from collections.abc import Iterable, Sequence
from typing import Any

from feature_repo.errors import DamagedRow

CHECK = "row_check"
STORED_ROWS = "stored_rows"
CREATE_STORED_ROWS = (
    f"CREATE TABLE IF NOT EXISTS {STORED_ROWS} (key TEXT PRIMARY KEY, views INTEGER NOT NULL) WITHOUT ROWID"
)
REMOVE = (
    "remove its file and the -wal and -shm beside it, then run `feast -c feature_repo apply` and "
    "`python -m serving materialize`."
)
"""How a store is mended that cannot say what it holds."""
FILE_DAMAGED = (sqlite3.DatabaseError, UnicodeDecodeError)
"""Exact types of errors about a damaged file: SQLite's, and Python's where SQLite quotes a damaged schema."""
UNDECODABLE = "Could not decode to UTF-8"
"""How the error of a text begins that is not UTF-8. It ends with the text, which is a customer's."""
# The last version of the format without references, which depend on the process.
MARSHAL = 2
_FETCHED = 10_000


def seed_of(table: str, columns: Iterable[str]) -> int:
    """Where the checks of a table begin: a row of another table, or of other columns, has another check."""
    return zlib.crc32("\n".join([table, *columns]).encode())


def checks_of(rows: Iterable[tuple[Any, ...]], first: int, end: int, seed: int) -> list[int]:
    """Check of each row's values from `first` to `end`, as SQLite returns them: int, float, str and None.

    The type of a value counts. Of these types marshal makes the same bytes in every process, and takes a
    third of the time of `repr`.
    """
    crc32, dumps = zlib.crc32, marshal.dumps
    return [crc32(dumps(row[first:end], MARSHAL), seed) for row in rows]


def checked(row: tuple[Any, ...], seed: int) -> tuple[Any, ...]:
    """Return a row with its check."""
    return (*row, zlib.crc32(marshal.dumps(row, MARSHAL), seed))


def is_whole(row: tuple[Any, ...], seed: int) -> bool:
    """Whether a row, which ends with its check, is as it was written."""
    return checked(row[:-1], seed) == row


def damaged(view: str) -> DamagedRow:
    """Error for a view with a row that is not what was written, or that is not found."""
    return DamagedRow(
        f"View {view!r}: a customer's row in the online store is damaged, or no longer found; "
        "run `python -m serving materialize`, which writes the view anew."
    )


def add_stored(connection: sqlite3.Connection, bits: int, keys: Iterable[str]) -> None:
    """Record that the views of some bits have rows of some keys. The caller holds the transaction."""
    connection.executemany(
        f"INSERT INTO {STORED_ROWS} VALUES (?, {bits}) "
        f"ON CONFLICT DO UPDATE SET views = views | {bits} WHERE views & {bits} <> {bits}",
        ((key,) for key in keys),
    )


def forget_stored(connection: sqlite3.Connection, bit: int, keys: Iterable[str] | None = None) -> None:
    """Record that a view has no rows of some keys, or none at all. The caller holds the transaction."""
    forget, empty = (
        f"UPDATE {STORED_ROWS} SET views = views & ~{bit}",
        f"DELETE FROM {STORED_ROWS} WHERE NOT views",
    )
    if keys is None:
        connection.execute(forget)
        connection.execute(empty)
        return
    each = [(key,) for key in keys]
    connection.executemany(f"{forget} WHERE key = ?", each)
    connection.executemany(f"{empty} AND key = ?", each)


def stored_keys(connection: sqlite3.Connection, bit: int, among: Sequence[str] | None = None) -> set[str]:
    """Keys, all or among some, of which a view is said to have a row."""
    query = f"SELECT key FROM {STORED_ROWS} WHERE views & {bit}"
    if among is not None:
        query += f" AND key IN ({', '.join('?' * len(among))})"
    return {row[0] for row in connection.execute(query, among or ())}


def stored_views(connection: sqlite3.Connection) -> tuple[list[str], list[int]]:
    """Every key, in order, and the bits of the views that are said to have a row of it."""
    keys: list[str] = []
    views: list[int] = []
    cursor = connection.execute(f"SELECT key, CAST(views AS INTEGER) FROM {STORED_ROWS}")
    while rows := cursor.fetchmany(_FETCHED):  # a million tuples would keep the garbage collector busy
        keys.extend([row[0] for row in rows])
        views.extend([row[1] for row in rows])
    return keys, views

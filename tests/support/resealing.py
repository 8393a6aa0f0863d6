"""Checks that fit what a test has written into our SQLite store by hand."""

from __future__ import annotations

import sqlite3

from feature_repo.sqlite_store.row_check import checked, seed_of


def reseal(connection: sqlite3.Connection, table: str) -> None:
    """Give every row of a table, whose key is its first column, the check of what it holds now."""
    names = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")][:-1]
    for row in connection.execute(f"SELECT * FROM {table}").fetchall():
        check = checked(row[:-1], seed_of(table, names))[-1]
        connection.execute(f"UPDATE {table} SET row_check = ? WHERE {names[0]} = ?", (check, row[0]))

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest

from feature_repo.sqlite_store.left import ensure_left, forget_left, record_left, still_here


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    opened = sqlite3.connect(":memory:", isolation_level=None)
    ensure_left(opened)
    yield opened
    opened.close()


def left(connection: sqlite3.Connection) -> list[str]:
    return [key for (key,) in connection.execute("SELECT key FROM left_customers ORDER BY key")]


def test_those_recorded_last_are_the_ones_who_left(connection: sqlite3.Connection) -> None:
    for keys in (["B", "A"], ["A", "C"], ["A", "C"], []):
        record_left(connection, keys)
        ensure_left(connection)
        assert left(connection) == sorted(keys)
    record_left(connection, ["A"])
    forget_left(connection)
    assert left(connection) == []


def test_the_condition_holds_for_those_who_have_not_left(connection: sqlite3.Connection) -> None:
    record_left(connection, ["A"])
    here = [connection.execute(f"SELECT {still_here('?')}", (key,)).fetchone()[0] for key in "AB"]
    assert here == [0, 1]

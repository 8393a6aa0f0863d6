from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest

from feature_repo.errors import OnlineStoreError
from feature_repo.sqlite_store.left import ensure_left, read_left, record_left


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    opened = sqlite3.connect(":memory:", isolation_level=None)
    ensure_left(opened)
    yield opened
    opened.close()


def test_those_recorded_last_are_the_ones_who_left(connection: sqlite3.Connection) -> None:
    assert read_left(connection) == set()
    for keys in (["B", "A"], ["A", "C", "C"], ["A", "C"], []):
        record_left(connection, keys)
        ensure_left(connection)
        assert read_left(connection) == set(keys)


def test_a_record_that_lost_a_customer_is_damaged(connection: sqlite3.Connection) -> None:
    record_left(connection, ["A", "B"])
    connection.execute("DELETE FROM left_customers WHERE key = 'A'")
    with pytest.raises(OnlineStoreError) as refused:
        read_left(connection)
    assert str(refused.value) == (
        "The online store's record of who left is damaged; run `python -m serving materialize`, "
        "which writes it again."
    )


def test_a_record_of_an_earlier_run_is_read(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM left_customers")
    keys = ("B", "A", b"%\xf1F^")
    connection.executemany("INSERT INTO left_customers VALUES (?)", ((key,) for key in keys))
    assert read_left(connection) == {"A", "B"}


def test_only_who_left_or_is_back_is_written(connection: sqlite3.Connection) -> None:
    record_left(connection, [f"{number:03d}" for number in range(300)])
    before = connection.total_changes
    record_left(connection, [f"{number:03d}" for number in range(300)])
    assert connection.total_changes == before
    record_left(connection, [f"{number:03d}" for number in range(1, 301)])
    assert connection.total_changes == before + 4, "one back, one more, and the check of all"
    assert read_left(connection) == {f"{number:03d}" for number in range(1, 301)}


@pytest.mark.parametrize("damage", ["key = 'a'", "key = x'00'", "key = CAST(x'ff' AS TEXT)"])
def test_a_damaged_record_is_begun_anew(connection: sqlite3.Connection, damage: str) -> None:
    record_left(connection, ["A", "B"])
    assert connection.execute(f"UPDATE left_customers SET {damage} WHERE key = 'A'").rowcount == 1
    record_left(connection, ["A", "B"])
    assert read_left(connection) == {"A", "B"}

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from file_modes import mode

from feature_repo.sqlite_store.connections import Connections


@pytest.fixture
def connections(tmp_path: Path) -> Iterator[Connections]:
    made = Connections(tmp_path / "online.db")
    yield made
    made.close()


def test_the_online_store_with_its_log_is_its_owners_alone(umask: int, tmp_path: Path) -> None:
    path = tmp_path / "state" / "online.db"
    connections = Connections(path)
    with connections.transaction() as connection:
        connection.execute("CREATE TABLE a (b)")
    with connections.borrow():  # the log now holds something: SQLite itself mends an empty one
        files = [path, *(path.with_name(f"online.db{suffix}") for suffix in ("-wal", "-shm"))]
        assert [mode(file) for file in files] == [0o600] * 3
        for file in files:
            file.chmod(0o644)
        again = Connections(path)
        with again.borrow():
            assert [mode(file) for file in files] == [0o600] * 3
        again.close()
    connections.close()
    assert mode(path.parent) == 0o700


def test_a_connection_that_is_returned_is_lent_again_to_any_thread(connections: Connections) -> None:
    with connections.borrow() as first, connections.borrow() as second:
        assert first is not second
    with connections.borrow() as again:
        assert again in (first, second)
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(again.execute, "SELECT 1").result().fetchone() == (1,)


def test_a_connection_waits_half_a_minute_and_writes_ahead(connections: Connections) -> None:
    with connections.borrow() as connection:
        assert connection.isolation_level is None
        settings = [
            connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("busy_timeout", "journal_mode", "synchronous")
        ]
    assert settings == [30_000, "wal", 1]


def test_a_block_that_fails_leaves_nothing_and_its_connection_is_not_lent_again(
    connections: Connections,
) -> None:
    with connections.transaction() as connection:
        connection.execute("CREATE TABLE a (b)")
    two = "INSERT INTO a VALUES (1)", "DELETE FROM nobody"
    with pytest.raises(sqlite3.OperationalError, match="no such table"), connections.transaction() as failed:
        _ = [failed.execute(statement) for statement in two]
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        failed.execute("SELECT 1")
    with connections.borrow() as other:
        assert other.execute("SELECT count(*) FROM a").fetchone() == (0,)


def test_a_transaction_keeps_other_writers_out_from_its_beginning(connections: Connections) -> None:
    with connections.transaction():
        other = sqlite3.connect(connections.path, timeout=0)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("CREATE TABLE a (b)")
        other.close()


def test_closing_closes_what_is_idle(connections: Connections) -> None:
    with connections.borrow() as first:
        pass
    connections.close()
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        first.execute("SELECT 1")
    with connections.borrow() as second:
        assert second is not first


def test_no_connection_crosses_a_fork(connections: Connections, monkeypatch: pytest.MonkeyPatch) -> None:
    with connections.borrow() as parents:
        pass
    parent = os.getpid()
    monkeypatch.setattr(os, "getpid", lambda: parent + 1)
    with connections.borrow() as own:
        assert own is not parents
    with connections.borrow() as again:
        assert again is own
    parents.close()

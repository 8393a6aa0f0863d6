from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feature_repo.sqlite_store.seal import Seal, read_seal, seal_path, write_seal

SEAL = Seal("what it was filled from", 1767225600000000, {"billing": 2})
CONTENT = bytes(range(256)) * 9


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "online.db"
    path.write_bytes(CONTENT)
    write_seal(path, SEAL)
    return path


def test_a_file_that_is_as_it_was_has_its_seal(database: Path) -> None:
    assert read_seal(database) == SEAL
    write_seal(database, SEAL._replace(source=None))
    assert read_seal(database) == SEAL._replace(source=None)
    assert seal_path(database).stat().st_mode & 0o777 == 0o600


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, len(CONTENT) * 8 - 1))
def test_one_bit_that_is_another_leaves_no_seal(database: Path, place: int) -> None:
    for path, content in ((database, CONTENT), (seal_path(database), seal_path(database).read_bytes())):
        changed = bytearray(content)
        changed[place // 8 % len(content)] ^= 1 << place % 8
        path.write_bytes(changed)
        assert read_seal(database) is None
        path.write_bytes(content)
        assert read_seal(database) == SEAL


def test_more_or_less_of_a_file_leaves_no_seal(database: Path) -> None:
    for content in (CONTENT[:-1], CONTENT + b"\0", b""):
        database.write_bytes(content)
        assert read_seal(database) is None


def test_a_log_that_is_not_empty_is_not_sealed(database: Path) -> None:
    log = database.with_name("online.db-wal")
    log.write_bytes(b"")
    assert read_seal(database) == SEAL
    log.write_bytes(b"a page")
    assert read_seal(database) is None
    seal_path(database).unlink()
    write_seal(database, SEAL)
    assert not seal_path(database).exists()


def test_a_store_or_a_seal_that_is_not_there_is_no_seal(database: Path) -> None:
    database.unlink()
    assert read_seal(database) is None
    seal_path(database).unlink()
    assert read_seal(database) is None

"""Runs after the first: with nothing new, with little new, and where the store or the lake is another."""

from __future__ import annotations

import os
import sqlite3
from typing import Any

import pytest
from house import VIEWS, House, at, everyone, row

from feature_repo.sqlite_store.seal import Seal, read_seal, seal_path
from feature_repo.sqlite_store.store import WideRowSqliteOnlineStore
from serving.errors import MaterializeError
from serving.features.materialize import MaterializeReport, materialize

NOW = at("2026-06-01")
LAKE = {**everyone(["A", "B", "left"]), "churn_events": [row("left", "2025-12-31")]}


@pytest.fixture
def filled(house: House) -> House:
    house.write(LAKE)
    house.apply()
    fill()
    return house


def fill(**options: Any) -> MaterializeReport:
    return materialize(now=lambda: NOW, **options)


def files(house: House) -> dict[str, tuple[int, int, bytes]]:
    found = [
        path for path in house.database.parent.iterdir() if not path.name.endswith((".lock", "-wal", "-shm"))
    ]
    return {path.name: (path.stat().st_ino, path.stat().st_mtime_ns, path.read_bytes()) for path in found}


def rows_of(house: House, view: str) -> list[Any]:
    connection = sqlite3.connect(house.database)
    rows = connection.execute(f"SELECT * FROM stayline_{view} ORDER BY 1").fetchall()
    connection.close()
    return rows


def change(house: House, statement: str) -> None:
    connection = sqlite3.connect(house.database, isolation_level=None)
    assert connection.execute(statement).rowcount == 1
    connection.close()


def test_with_nothing_new_no_file_is_written_and_no_table_is_read(
    filled: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = files(filled)
    monkeypatch.setattr("serving.features.materialize.plan_view", lambda *_: pytest.fail("a table was read"))
    report = fill()
    assert files(filled) == before
    assert report.unchanged
    assert report.customers == dict.fromkeys(VIEWS, 2)
    assert str(report).endswith("tickets 2 customers; nothing has changed since the last run.")


def test_an_apply_that_changes_nothing_leaves_the_store_as_it_is(filled: House) -> None:
    before = filled.database.read_bytes()
    filled.apply()
    assert fill().unchanged
    assert filled.database.read_bytes() == before


def test_what_a_run_goes_by_is_looked_at(filled: House) -> None:
    assert fill().unchanged
    os.utime(min((filled.lake / "churn_events.parquet").iterdir()))
    assert not fill().unchanged, "a table was written"
    manifest = filled.lake / "manifest.json"
    manifest.write_text(manifest.read_text() + "\n")
    assert not fill().unchanged, "the manifest is another"
    assert not fill(end=at("2025-12-31", 12)).unchanged, "the end is another"
    assert not fill().unchanged
    assert fill().unchanged
    assert not fill(full=True).unchanged
    filled.registry.unlink()
    filled.apply()
    assert not fill().unchanged, "Feast's registry does not say that the views are filled"
    assert fill().unchanged


def test_a_definition_that_changes_is_looked_at(filled: House) -> None:
    definitions = filled.definitions()
    definitions.billing.ttl /= 2
    filled.apply(definitions)
    report = fill()
    assert not report.unchanged


def test_a_store_that_was_emptied_is_filled_though_it_was_sealed(filled: House) -> None:
    seal = seal_path(filled.database).read_bytes()
    filled.store().teardown()
    assert not seal_path(filled.database).exists()
    filled.apply()
    seal_path(filled.database).write_bytes(seal)
    assert fill().customers == dict.fromkeys(VIEWS, 2)


def test_a_disk_that_changed_one_bit_is_noticed_with_nothing_new(filled: House) -> None:
    whole = rows_of(filled, "services")
    content = bytearray(filled.database.read_bytes())
    content[content.index(b"Month-to-month")] ^= 1
    filled.database.write_bytes(content)
    assert rows_of(filled, "services") != whole
    assert not fill().unchanged
    assert rows_of(filled, "services") == whole
    assert fill().unchanged


def test_a_full_run_looks_at_every_row_of_a_sealed_store(filled: House) -> None:
    whole = rows_of(filled, "billing")
    change(filled, "UPDATE stayline_billing SET tenure = 9 WHERE customerID = 'A'")
    # As if it had changed between the write and the seal.
    assert read_seal(filled.database) is None
    online, config = filled.store().provider.online_store, filled.store().config
    online.seal(config, Seal(None, 0, {}))
    fill(full=True)
    assert rows_of(filled, "billing") == whole


def test_a_run_with_little_new_looks_at_no_row_that_stays(
    filled: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        WideRowSqliteOnlineStore, "checked_customers", lambda *_: pytest.fail("every row was checked")
    )
    news = [*LAKE["billing"], row("A", "2026-01-15", tenure=7)]
    filled.write({**LAKE, "billing": news}, data_until="2026-02-01")
    report = fill()
    assert not report.unchanged
    assert [line[3] for line in rows_of(filled, "billing")] == [7, 1]
    assert fill().unchanged


def test_a_run_that_did_not_end_is_not_sealed(filled: House, monkeypatch: pytest.MonkeyPatch) -> None:
    news = [row(each, "2026-01-15", tenure=7) for each in "AB"]
    filled.write({**LAKE, "billing": news}, data_until="2026-02-01")

    def fail(*_: Any) -> None:
        raise OSError("No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(WideRowSqliteOnlineStore, "mark_complete", fail)
        with pytest.raises(MaterializeError, match="No space left"):
            fill()
    assert not fill().unchanged
    assert [line[3] for line in rows_of(filled, "billing")] == [7, 7]
    assert fill().unchanged

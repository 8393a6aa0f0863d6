"""The newest row as one whole number is that of the structure; and the wide read looks at no other months."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from feature_repo.offline_store import newest as module
from feature_repo.offline_store.duckdb_session import duckdb_session
from feature_repo.offline_store.latest import read_latest
from feature_repo.offline_store.newest import BY_STRUCTURE, newest
from feature_repo.offline_store.parquet_table import ParquetTable
from feature_repo.offline_store.point_in_time import Feature, ViewRead, read_point_in_time

CLOCK = pa.timestamp("us", tz="UTC")
START = 1_700_000_000_000_000


def rows(events: Any, created: Any) -> pa.Table:
    keys = [f"k{n % 7}" for n in range(len(events))]
    clocks = [pa.array(clock, pa.int64()).cast(CLOCK) for clock in (events, created)]
    return pa.table([keys, *clocks, range(len(events))], names=["key", "event", "created", "value"])


def table_of(folder: Path, *parts: pa.Table, **options: Any) -> ParquetTable:
    folder.mkdir()
    for number, part in enumerate(parts):
        pq.write_table(part, folder / f"{number:04d}.parquet", **options)
    return ParquetTable(str(folder), ("key",), "event", "created")


def chosen(table: ParquetTable, how: str | None = None) -> tuple[str, list[Any]]:
    """The SQL, and each key's number by it."""
    with duckdb_session() as connection:
        number = how or newest(connection, table)
        query = f"SELECT f.k0, {number} AS number FROM {table.narrow()} f GROUP BY f.k0 ORDER BY f.k0"
        return number, connection.sql(query).fetchall()


@pytest.mark.parametrize("clocked", [True, False], ids=["two clocks", "one clock"])
@pytest.mark.parametrize("files", [1, 3, 40])
@pytest.mark.parametrize("step", [1, 86_400_000_000], ids=["microseconds", "days"])
def test_the_whole_number_chooses_as_the_structure(
    tmp_path: Path, files: int, step: int, clocked: bool
) -> None:
    random = np.random.default_rng(files)
    parts = []
    for size in random.integers(0, 60, files) + 1:
        events = START + step * random.integers(-2, 2, size)
        created = [
            None if gone else at for gone, at in zip(random.random(size) < 0.4, events - step, strict=True)
        ]
        parts.append(rows(events, created))
    table = table_of(tmp_path / "t", *parts, rows(np.array([], int), []))
    table = table if clocked else table._replace(created=None)
    number, found = chosen(table)
    assert number != BY_STRUCTURE
    assert found == chosen(table, BY_STRUCTURE)[1]


def test_what_the_number_cannot_hold_is_left_to_the_structure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = rows([START, START + 1], [START, None])
    for name, part, options in (
        ("without statistics", usual, {"write_statistics": False}),
        ("never learned", rows([START], [None]), {}),
        ("no moment", rows([START, 2**63 - 1], [START, START]), {}),
        ("empty", usual.slice(0, 0), {}),
    ):
        assert chosen(table_of(tmp_path / name, part, **options))[0] == BY_STRUCTURE, name
    table = table_of(tmp_path / "usual", usual)
    assert chosen(table)[0] != BY_STRUCTURE
    monkeypatch.setattr(module, "BITS", 6)
    assert chosen(table)[0] == BY_STRUCTURE


def test_a_part_outside_the_time_asked_about_is_not_read(tmp_path: Path) -> None:
    month = 30 * 86_400_000_000
    early, late = (rows([START + at * month], [START + at * month]) for at in (0, 6))
    table = table_of(tmp_path / "t", early, late)
    part = tmp_path / "t" / "0000.parquet"
    content = part.read_bytes()
    pages = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
    part.write_bytes(content[:4] + b"\xff" * (pages - 4) + content[pages:])  # only the footer is sound
    moment = datetime.fromtimestamp((START + 6 * month) / 1e6, UTC)
    asked = pa.table({"key": ["k0"], "moment": pa.array([moment], CLOCK)})
    view = ViewRead("view", table, ("key",), timedelta(days=31), (Feature("value", "value", None),))
    with duckdb_session() as connection:
        answer = read_point_in_time(connection, asked, "moment", [view], known_only=True)
        latest = read_latest(connection, table, ["value"], moment - timedelta(days=31), moment)
    assert answer["value"].to_pylist() == latest["value"].to_pylist() == [0]

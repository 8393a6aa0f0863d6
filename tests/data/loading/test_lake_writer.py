from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from file_modes import open_to_others
from lake_content import content

from data.errors import (
    BaseConflictError,
    ContractError,
    LakeDamagedError,
    LakeError,
    LakeLockedError,
    TableShapeError,
)
from data.lake_files import table_file
from data.lake_files.manifest import Facts, read_manifest
from data.lake_files.parts import part_path
from data.lake_files.swap import open_lake, side_folder
from data.loading.lake_writer import LakeWriter
from data.schema import TABLES

Rows = list[dict[str, Any]]
History = dict[str, Rows]
Write = Callable[..., None]


def test_every_table_exists_with_its_schema_even_when_empty(
    lake: Path, history: History, write_history: Write
) -> None:
    write_history(lake, history)
    assert sorted(content(lake)) == sorted(
        ["manifest.json", *(f"{name}.parquet/0001.parquet" for name in TABLES)]
    )
    for name, table in TABLES.items():
        assert pq.read_schema(part_path(lake, name, 1)).equals(table.schema)
        assert read_manifest(lake).tables[name].rows == len(history[name])


@pytest.mark.usefixtures("umask")
def test_nobody_else_can_read_the_lake(lake: Path, history: History, write_history: Write) -> None:
    side_folder(lake).mkdir(parents=True)
    side_folder(lake).chmod(0o755)
    write_history(lake, history)
    assert open_to_others(lake) == open_to_others(side_folder(lake)) == []


def test_rows_come_back_as_written(lake: Path, history: History, write_history: Write) -> None:
    write_history(lake, history)
    for name, rows in history.items():
        defaults = {column.name: column.default for column in TABLES[name].optional}
        assert pq.read_table(lake / f"{name}.parquet").to_pylist() == [{**row, **defaults} for row in rows]


def test_the_same_rows_give_the_same_bytes(tmp_path: Path, history: History, write_history: Write) -> None:
    write_history(tmp_path / "one" / "lake", history)
    write_history(tmp_path / "two" / "lake", history)
    assert content(tmp_path / "one" / "lake") == content(tmp_path / "two" / "lake")


def test_another_base_needs_replace(lake: Path, history: History, write_history: Write, facts: Facts) -> None:
    write_history(lake, history)
    before = content(lake)
    other = replace(facts, base="simulated-other")
    with pytest.raises(
        BaseConflictError, match=r"holds the base simulated-tiny; simulated-other .* add --replace"
    ):
        write_history(lake, history, other)
    with pytest.raises(
        BaseConflictError, match=r"holds the base simulated-tiny; it already .* add --replace"
    ):
        write_history(lake, history)
    assert content(lake) == before
    write_history(lake, history, other, replace=True)
    assert open_lake(lake).facts.base == "simulated-other"


@pytest.mark.parametrize("failure", [RuntimeError, KeyboardInterrupt])
def test_an_exception_while_writing_changes_nothing(
    lake: Path, history: History, write_history: Write, facts: Facts, failure: type[BaseException]
) -> None:
    write_history(lake, history)
    before = content(lake)
    with pytest.raises(failure), LakeWriter(lake, facts, replace=True):
        raise failure
    assert content(lake) == before
    assert [path.name for path in side_folder(lake).iterdir()] == ["lock"]


def test_a_full_disk_changes_nothing(
    lake: Path, history: History, write_history: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_history(lake, history)
    before = content(lake)

    def full(path: Path) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(table_file, "file_sha256", full)
    with pytest.raises(OSError, match="No space left"):
        write_history(lake, history, replace=True)
    assert content(lake) == before


def test_rows_that_break_a_contract_never_become_the_lake(
    lake: Path, history: History, write_history: Write
) -> None:
    history["billing"][0]["MonthlyCharges"] = -1.0
    with pytest.raises(
        ContractError, match="billing, customer A, 2026-01-05, MonthlyCharges: -1.0"
    ) as caught:
        write_history(lake, history)
    assert not lake.exists()
    assert "python -m data load" not in str(caught.value)


def test_two_writers_the_second_is_refused(
    lake: Path, facts: Facts, history: History, write_history: Write, arrow: Callable[..., pa.Table]
) -> None:
    with ExitStack() as first:
        writer = first.enter_context(LakeWriter(lake, facts))
        for name, rows in history.items():
            writer.append(name, arrow(name, rows))
        with pytest.raises(LakeLockedError, match="is being written by process"):
            write_history(lake, history)
    assert open_lake(lake).facts.base == "simulated-tiny"


def test_an_unknown_table_and_a_wrong_shape_are_refused(lake: Path, facts: Facts) -> None:
    with pytest.raises(TableShapeError, match="there is no table 'bills'"), LakeWriter(lake, facts) as writer:
        writer.append("bills", pa.table({}))
    with pytest.raises(TableShapeError, match="billing: columns missing"), LakeWriter(lake, facts) as writer:
        writer.append("billing", pa.table({"customerID": ["A"]}))
    assert not lake.exists()


@pytest.mark.parametrize("place", ["thesis.docx", "billing.parquet/thesis.docx"])
def test_what_is_no_lake_is_never_replaced(
    lake: Path, history: History, write_history: Write, place: str
) -> None:
    (lake / place).parent.mkdir(parents=True)
    (lake / place).write_text("years of work")
    with pytest.raises(LakeError, match=rf"holds '{place}', which is no part of a lake"):
        write_history(lake, history, replace=True)
    assert (lake / place).exists()


def test_a_file_in_the_lakes_place_is_refused(lake: Path, history: History, write_history: Write) -> None:
    lake.parent.mkdir()
    lake.write_text("")
    with pytest.raises(LakeError, match="is a file; the lake must be a folder"):
        write_history(lake, history)


def test_an_empty_folder_is_a_good_place(lake: Path, history: History, write_history: Write) -> None:
    lake.mkdir(parents=True)
    write_history(lake, history)
    assert open_lake(lake).facts.base == "simulated-tiny"


def test_a_damaged_lake_is_replaced_only_when_asked(
    lake: Path, history: History, write_history: Write
) -> None:
    write_history(lake, history)
    (lake / "manifest.json").write_text("{")
    with pytest.raises(LakeDamagedError, match="manifest.json cannot be read"):
        write_history(lake, history)
    write_history(lake, history, replace=True)
    assert open_lake(lake).facts.base == "simulated-tiny"


def test_a_lake_behind_a_symbolic_link_is_replaced_where_it_lies(
    tmp_path: Path, history: History, write_history: Write
) -> None:
    (tmp_path / "disk" / "lake").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "disk" / "lake")
    write_history(tmp_path / "link", history)
    write_history(tmp_path / "link", history, replace=True)
    assert (tmp_path / "link").is_symlink()
    assert open_lake(tmp_path / "disk" / "lake").facts.base == "simulated-tiny"


def test_progress_counts_the_rows_checked(
    lake: Path, history: History, facts: Facts, arrow: Callable[..., pa.Table]
) -> None:
    seen: list[tuple[str, int, int]] = []
    with LakeWriter(lake, facts, progress=lambda *step: seen.append(step)) as writer:
        for name, rows in history.items():
            writer.append(name, arrow(name, rows))
    assert seen == [(name, len(rows), len(rows)) for name, rows in history.items() if rows]

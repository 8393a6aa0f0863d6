"""Tables and columns that came after the first lakes: older parts lack them and have the defaults."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest
from lake_content import as_table, known, make_former, rows_of
from rich.console import Console

from data.commands.show import lake_table
from data.contracts.check import check_lake
from data.errors import ContractError, LakeDamagedError, RewrittenHistoryError, TableShapeError
from data.lake_files import table_file
from data.lake_files.parts import parts_of
from data.lake_files.reading import frames, rows_since
from data.loading.load_tables import HowToLoad, load_tables
from data.loading.loaded import Loaded
from data.schema import LATER_TABLES, TABLES

History = dict[str, list[dict[str, Any]]]
Load = Callable[..., Loaded]
MARCH, APRIL = (datetime(2026, month, 1, tzinfo=UTC) for month in (3, 4))
APPEND, CORRECT = HowToLoad(append=True), HowToLoad(accept_corrections=True)


def make_older(lake: Path) -> None:
    """Make a lake what the version wrote that knew neither the later tables nor the optional columns."""
    plain = json.loads((lake / "manifest.json").read_text())
    for name in LATER_TABLES:
        shutil.rmtree(lake / f"{name}.parquet")
        del plain["tables"][name]
        del plain["editions"][-1]["rows"][name]
    for name in plain["tables"]:
        (path,) = parts_of(lake, name)
        lacking = {column.name for column in TABLES[name].optional}
        rows = pq.read_table(path).drop_columns(list(lacking))
        with pq.ParquetWriter(path, rows.schema, write_page_checksum=True) as writer:
            if rows.num_rows:
                writer.write_table(rows)
        plain["tables"][name][0]["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    (lake / "manifest.json").write_text(json.dumps(plain))


@pytest.fixture
def older(load: Load, history: History, lake: Path) -> Path:
    """The tiny history up to March, as an earlier version wrote it."""
    load({name: [] if name in LATER_TABLES else rows for name, rows in known(history, MARCH).items()}, MARCH)
    make_older(lake)
    return lake


def with_later(history: History) -> History:
    """The news of March, with everything that can be said."""
    rows = deepcopy(known(history, APRIL, MARCH))
    rows["churn_events"][0]["reason"] = "moved"
    rows["billing"][0]["ContractMonthsLeft"] = 10
    return {name: found for name, found in rows.items() if found}


def columns(lake: Path, name: str) -> list[tuple[Any, ...]]:
    """The values of the optional columns, as the contracts read them."""
    names = [column.name for column in TABLES[name].optional]
    rows = [row for frame in frames(lake, name) for row in frame[names].astype(object).to_numpy().tolist()]
    return [tuple(None if pd.isna(value) else value for value in row) for row in rows]


def test_a_lake_of_an_earlier_version_is_read_with_the_defaults(older: Path) -> None:
    manifest = check_lake(older)
    assert not manifest.is_former
    assert all(manifest.tables[name].rows == 0 for name in LATER_TABLES)
    assert columns(older, "offers") == [(None,), (None,)]
    console = Console(width=200)
    with console.capture() as said:
        console.print(lake_table(older))
    (line,) = [line for line in said.get().splitlines() if "│ contacts" in line]
    assert [cell.strip() for cell in line.split("│")[1:-1]] == ["contacts", "0", "", "", "", "0.0"]


@pytest.mark.parametrize("part_rows", [1, 100])
def test_older_parts_and_new_ones_are_one_table(
    part_rows: int, load: Load, history: History, older: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_file, "ROW_GROUP_ROWS", part_rows)
    load(with_later(history), APRIL, APPEND, empty=False)
    manifest = check_lake(older)
    assert {name: manifest.editions[-1].rows[name] for name in LATER_TABLES} == {
        **{"contacts": 0, "consent": 1, "satisfaction": 1}
    }
    assert [left for (left,) in columns(older, "billing")][-1] == 10
    assert columns(older, "churn_events") == [("moved",)]
    assert len(parts_of(older, "billing")) == (2 if part_rows == 1 else 1)
    (rows,) = rows_since(older, "churn_events", ("customerID", "event_timestamp", "reason"), MARCH)
    assert rows.column_names == ["customerID", "event_timestamp", "reason"]


@pytest.mark.parametrize("layout", [1, 2])
def test_a_lake_of_one_file_a_table_is_read_without_them_too(
    layout: int, load: Load, history: History, older: Path
) -> None:
    make_former(older, layout)
    assert check_lake(older).is_former
    load(with_later(history), APRIL, APPEND, empty=False)
    assert not check_lake(older).is_former


def test_a_whole_load_without_them_says_the_same_of_the_past(
    load: Load, history: History, older: Path
) -> None:
    load({name: rows for name, rows in history.items() if name not in LATER_TABLES}, APRIL, empty=False)
    assert columns(older, "churn_events") == [("voluntary",)]
    check_lake(older)


def test_what_they_say_of_the_past_is_another_past(load: Load, history: History, older: Path) -> None:
    for row in history["billing"]:
        row["ContractMonthsLeft"] = 3
    with pytest.raises(RewrittenHistoryError) as caught:
        load(history, APRIL)
    said = [str(violation).partition("; rule")[0] for violation in caught.value.violations]
    assert "billing, customer A, 2026-01-05, ContractMonthsLeft: None before, 3 now" in said
    assert "contacts, customer B, 2026-02-17, the row: was not there before" in said
    load(history, APRIL, CORRECT)
    check_lake(older)
    (contact,) = pq.read_table(older / "contacts.parquet").to_pylist()
    assert contact["created_timestamp"] == APRIL


def test_a_part_that_lacks_another_column_is_damage(older: Path) -> None:
    (path,) = parts_of(older, "billing")
    pq.write_table(pq.read_table(path).drop_columns(["tenure"]), path)
    with pytest.raises(LakeDamagedError, match="column tenure is missing"):
        check_lake(older)


def test_a_table_beside_the_manifest_that_it_does_not_name_is_damage(older: Path) -> None:
    (older / "contacts.parquet").mkdir()
    with pytest.raises(LakeDamagedError, match=r"contacts\.parquet is not in the manifest"):
        check_lake(older)


def test_a_table_that_the_manifest_names_must_be_there(load: Load, history: History, lake: Path) -> None:
    load(history, APRIL)
    shutil.rmtree(lake / "contacts.parquet")
    with pytest.raises(LakeDamagedError, match=r"contacts\.parquet is missing"):
        check_lake(lake)


@pytest.mark.parametrize(
    ("table", "changes", "said"),
    [
        (
            "satisfaction",
            {"score": 11},
            "satisfaction, customer A, 2026-03-02, score: 11; rule: a whole number",
        ),
        (
            "contacts",
            {"outcome": "maybe"},
            "contacts, customer B, 2026-02-17, outcome: 'maybe'; rule: one of",
        ),
        (
            "contacts",
            {"customerID": "Z"},
            "contacts, customer Z, 2026-02-17, customerID: 'Z'; rule: customerID",
        ),
        ("consent", {"channel": ""}, "consent, customer A, 2026-01-05, channel: ''; rule: 1 to 64"),
        (
            "consent",
            {"allowed": "yes"},
            "consent, customer A, 2026-01-05, allowed: 'yes'; rule: one of Yes, No",
        ),
        ("offers", {"probability": 0.0}, "offers, customer A, 2026-02-15, probability: 0.0; rule: a chance"),
        (
            "churn_events",
            {"reason": "rain"},
            "churn_events, customer B, 2026-03-10, reason: 'rain'; rule: one of",
        ),
        ("billing", {"ContractMonthsLeft": -1}, "ContractMonthsLeft: -1; rule: a whole number of months"),
    ],
)
def test_bad_values_are_named(
    table: str, changes: dict[str, Any], said: str, load: Load, history: History, lake: Path
) -> None:
    for column in TABLES[table].optional:
        for row in history[table]:
            row[column.name] = None if column.default is None else column.default
    history[table][0].update(changes)
    with pytest.raises(ContractError) as caught:
        load(history, APRIL)
    (violation,) = caught.value.violations
    assert said in str(violation)
    assert not lake.exists()


def test_optional_values_may_be_null_in_a_history(load: Load, history: History, lake: Path) -> None:
    history["offers"][0]["probability"] = 0.4
    history["demographics"][1]["household"] = "H1"
    load(history, APRIL)
    assert columns(lake, "offers") == [(0.4,), (None,)]
    assert columns(lake, "demographics") == [(None,), ("H1",)]


def test_a_reason_is_never_null(load: Load, history: History) -> None:
    history["churn_events"][0]["reason"] = None
    with pytest.raises(TableShapeError, match=r"churn_events\.reason: 1 of 1 rows are null"):
        load(history, APRIL)


def test_a_column_of_nulls_as_pandas_writes_it_is_taken(
    load: Load, history: History, lake: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "pandas"
    folder.mkdir()
    for name in ("demographics", "services", "billing", "tickets", "churn_events"):
        frame = as_table(name, history[name]).to_pandas()
        if name == "demographics":
            frame["household"] = None
        frame.to_parquet(folder / f"{name}.parquet")
    load_tables(folder, APRIL, lake)
    assert columns(lake, "demographics") == [(None,), (None,)]


def contact_before_the_draw(history: History) -> None:
    early = datetime(2026, 2, 13, tzinfo=UTC)
    history["contacts"][0] |= {"event_timestamp": early, "created_timestamp": early}


def test_who_was_contacted_before_the_draw_is_named(load: Load, history: History, lake: Path) -> None:
    contact_before_the_draw(history)
    with pytest.raises(ContractError) as caught:
        load(history, APRIL)
    assert [str(violation) for violation in caught.value.violations] == [
        "contacts, customer B, 2026-02-13, event_timestamp, drawn: 2026-02-13 00:00:00+00:00, "
        "2026-02-15 00:00:00+00:00; rule: not more than a day before the customer was drawn in the campaign"
    ]
    history["contacts"][0]["campaign"] = "service"
    load(history, APRIL)


@pytest.mark.parametrize("learned_late", ["offers", "contacts"])
def test_a_draw_that_is_learned_after_the_contact_is_compared_too(
    learned_late: str, load: Load, history: History, lake: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_file, "ROW_GROUP_ROWS", 1)
    contact_before_the_draw(history)
    for row in history[learned_late]:
        row["created_timestamp"] = datetime(2026, 3, 20, tzinfo=UTC)
    load(known(history, MARCH), MARCH)
    with pytest.raises(ContractError, match="a day before the customer was drawn"):
        load(known(history, APRIL, MARCH), APRIL, APPEND, empty=False)


@pytest.mark.parametrize(
    ("table", "day", "refused"),
    [
        ("contacts", "2026-03-25", None),  # B left on 10 March
        ("contacts", "2026-02-01", "not before the customer joined"),  # and joined on the 3rd
        ("consent", "2026-03-25", None),
        ("consent", "2026-02-01", None),
        ("satisfaction", "2026-03-25", None),
        ("satisfaction", "2026-02-01", "not before the customer joined"),
        ("offers", "2026-03-25", "not after the customer left"),
    ],
)
def test_which_rows_may_lie_outside_a_stay(
    table: str, day: str, refused: str | None, load: Load, history: History, lake: Path
) -> None:
    moment = datetime.fromisoformat(day).replace(tzinfo=UTC)
    clocks = {"customerID": "B", "event_timestamp": moment, "created_timestamp": moment}
    history[table] = [{**history[table][0], **clocks}]
    if refused is None:
        load(history, APRIL)
        assert len(rows_of(lake)[table]) == 1
    else:
        with pytest.raises(ContractError, match=f"{table}, customer B, {day}, event_timestamp.*{refused}"):
            load(history, APRIL)

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from lake_content import flatten

from data.contracts.check import check_lake
from data.errors import ContractError, EditionError, InputError
from data.loading.load_tables import HowToLoad, load_tables
from data.schema import TABLES

AS_OF = datetime(2026, 4, 1, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path, history: dict[str, object], write_history: Callable[..., None]) -> Path:
    """The tiny history as somebody else's Parquet files."""
    write_history(tmp_path / "theirs", history)
    flatten(tmp_path / "theirs")
    for name in ("manifest.json", "labels.parquet", "offers.parquet"):
        (tmp_path / "theirs" / name).unlink()
    return tmp_path / "theirs"


def test_a_folder_of_tables_becomes_the_lake(folder: Path, lake: Path):
    done = load_tables(folder, AS_OF, lake)
    assert done.written
    assert done.manifest.facts.kind == "history"
    assert done.manifest.facts.labels == "events"
    assert check_lake(lake) == done.manifest
    for name in ("demographics", "services", "billing", "tickets", "churn_events"):
        assert pq.read_table(lake / f"{name}.parquet").equals(pq.read_table(folder / f"{name}.parquet"))
    assert {path.stem for path in lake.glob("*.parquet")} == set(TABLES)
    assert not load_tables(folder, AS_OF, lake).written


def test_those_who_left_are_not_told_as_customers(folder: Path, lake: Path):
    done = load_tables(folder, AS_OF, lake)
    base = done.manifest.facts.base
    assert done.summary_lines() == [f"{base}: 1 customer as of 2026-04-01, after 1 leave."]


def test_without_tickets_the_base_knows_none(folder: Path, lake: Path):
    (folder / "tickets.parquet").unlink()
    done = load_tables(folder, AS_OF, lake)
    assert not done.manifest.facts.tickets
    assert done.summary_lines()[1:] == ["There is no tickets.parquet; the table tickets is empty."]


def test_a_base_begun_anew_is_another_one(folder: Path, lake: Path):
    first = load_tables(folder, AS_OF, lake).manifest.facts.base
    (folder / "tickets.parquet").unlink()
    with pytest.raises(EditionError, match="add --replace"):
        load_tables(folder, AS_OF, lake)
    anew = load_tables(folder, AS_OF, lake, HowToLoad(replace=True, base="mobile")).manifest.facts
    assert (anew.base != first, anew.name) == (True, "mobile")


def test_what_is_missing_or_too_much_is_named(folder: Path, lake: Path):
    (folder / "labels.parquet").write_bytes((folder / "services.parquet").read_bytes())
    with pytest.raises(
        InputError, match=r"labels\.parquet: the labels of a history follow from churn_events"
    ):
        load_tables(folder, AS_OF, lake)
    (folder / "services.parquet").unlink()
    (folder / "billing.parquet").unlink()
    with pytest.raises(InputError, match=r"lacks services\.parquet, billing\.parquet"):
        load_tables(folder, AS_OF, lake)
    assert not lake.exists()


def test_a_truncated_table_is_named_and_nothing_is_written(folder: Path, lake: Path):
    path = folder / "billing.parquet"
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(InputError, match=r"billing\.parquet cannot be read as Parquet"):
        load_tables(folder, AS_OF, lake)
    assert not lake.exists()


def test_a_row_from_the_future_breaks_the_contract(folder: Path, lake: Path):
    with pytest.raises(ContractError):
        load_tables(folder, datetime(2026, 1, 2, tzinfo=UTC), lake)
    assert not lake.exists()


def test_a_misspelt_table_is_not_left_out_silently(folder: Path, lake: Path):
    (folder / "tickets.parquet").rename(folder / "ticket.parquet")
    with pytest.raises(InputError, match=r"ticket\.parquet is no table"):
        load_tables(folder, AS_OF, lake)

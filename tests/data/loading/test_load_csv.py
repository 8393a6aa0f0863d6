from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from lake_content import content

from data.contracts.check import check_lake
from data.errors import BadRowsError, BaseConflictError, EditionError, InputError, LakeDamagedError
from data.lake_files.manifest import read_manifest
from data.lake_files.parts import part_path
from data.loading.load_csv import load, parse_as_of
from data.schema import LATER_TABLES
from data.telco.contract import COLUMNS_WITH_TICKETS

Row = dict[str, str]
WriteCsv = Callable[..., Path]
TODAY = date(2026, 11, 24)
MARCH = datetime(2026, 3, 1, tzinfo=UTC)
APRIL = datetime(2026, 4, 1, tzinfo=UTC)


@pytest.fixture
def file(telco_rows: list[Row], write_csv: WriteCsv) -> Path:
    return write_csv(telco_rows)


@pytest.mark.parametrize(
    ("text", "day"), [("2026-11-01", date(2026, 11, 1)), ("2026-11-24", TODAY), ("today", TODAY)]
)
def test_as_of_is_midnight_utc(text: str, day: date) -> None:
    assert parse_as_of(text, TODAY) == datetime(day.year, day.month, day.day, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2026-11-25", "is in the future: today is 2026-11-24"),
        ("2026-02-30", "is no date"),
        ("20261101", "is no date"),
        ("2026-W44-7", "is no date"),
        ("01.11.2026", "is no date"),
        ("", "is no date"),
        ("Today", "is no date"),
        ("1969-12-31", "before 1970-01-01"),
    ],
)
def test_a_bad_as_of_is_told(text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        parse_as_of(text, TODAY)


def test_a_file_becomes_a_snapshot_base(file: Path, lake: Path) -> None:
    done = load(file, MARCH, lake)
    facts = read_manifest(lake).facts
    assert facts == done.manifest.facts
    assert facts.base == f"telco-{facts.source['sha256'][:12]}-20260301"
    assert (facts.kind, facts.labels, facts.tickets, facts.data_until) == ("snapshot", "given", False, MARCH)
    assert facts.source["file"] == "telco.csv"
    assert {name: table.rows for name, table in done.manifest.tables.items()} == {
        **dict.fromkeys(("demographics", "services", "billing", "labels"), 4),
        **dict.fromkeys(("tickets", "churn_events", "offers", *LATER_TABLES), 0),
    }
    assert done.summary_lines() == [
        f"{facts.base}: 4 customers as of 2026-03-01.",
        "TotalCharges was blank at tenure 0 on 1 line and is read as 0.",
        "The file has no ticket columns; the table tickets is empty.",
    ]


def test_the_same_file_and_date_are_there_already(file: Path, lake: Path) -> None:
    load(file, MARCH, lake)
    before = content(lake)
    again = load(file, MARCH, lake)
    assert not again.written
    assert again.summary_lines() == [
        f"{again.manifest.facts.base} is there already: 4 customers as of 2026-03-01."
    ]
    assert content(lake) == before


def without_label(rows: list[Row]) -> list[Row]:
    return [{column: cell for column, cell in row.items() if column != "Churn"} for row in rows]


def test_a_later_file_without_labels_is_the_next_edition_of_the_base(
    file: Path, lake: Path, telco_rows: list[Row], write_csv: WriteCsv
) -> None:
    first = load(file, MARCH, lake).manifest
    today = write_csv(without_label(telco_rows[1:]), "today.csv")
    done = load(today, APRIL, lake)
    assert done.summary_lines()[0] == f"{first.facts.base}, edition 2: 3 customers as of 2026-04-01."
    facts = check_lake(lake).facts
    assert (facts.base, facts.name, facts.data_until) == (first.facts.base, "telco", APRIL)
    assert facts.source["file"] == "today.csv"
    march, april = done.manifest.editions
    assert (march.source["file"], march.rows["demographics"], march.rows["labels"]) == ("telco.csv", 4, 4)
    assert (april.source["file"], april.rows["demographics"], april.rows["labels"]) == ("today.csv", 3, 0)
    assert march.loaded_by == april.loaded_by != ""
    rows = pq.read_table(lake / "billing.parquet").to_pandas()
    assert rows.groupby("event_timestamp").size().tolist() == [4, 3]
    assert not load(today, APRIL, lake).written


def test_what_cannot_be_the_next_edition_is_told_and_changes_nothing(
    file: Path, lake: Path, telco_rows: list[Row], write_csv: WriteCsv
) -> None:
    load(file, MARCH, lake)
    before = content(lake)
    strangers = write_csv([{**row, "customerID": f"X{row['customerID']}"} for row in telco_rows], "other.csv")
    ticket_columns = {"numAdminTickets": "0", "numTechTickets": "1"}
    tickets = write_csv([{**ticket_columns, **row} for row in telco_rows], "tickets.csv")
    changed = write_csv(telco_rows[:3], "changed.csv")
    for path, as_of, base, error, said in (
        (changed, MARCH, None, EditionError, "the next edition must be later"),
        (file, datetime(2026, 2, 1, tzinfo=UTC), None, EditionError, "the next edition must be later"),
        (strangers, APRIL, None, EditionError, "has 0 of the 4 customers"),
        (tickets, APRIL, None, EditionError, "The data have tickets and the base has none"),
        (file, APRIL, "other", BaseConflictError, "whose name is telco, and the data are of other"),
        (file, APRIL, "-x", InputError, "The base's name '-x'"),
    ):
        with pytest.raises(error, match=said):
            load(path, as_of, lake, base=base)
        assert content(lake) == before
    assert load(strangers, APRIL, lake, base="telco").written
    assert load(changed, MARCH, lake, replace=True).written
    assert read_manifest(lake).tables["demographics"].rows == 3


def test_the_first_file_must_say_who_churned(lake: Path, telco_rows: list[Row], write_csv: WriteCsv) -> None:
    with pytest.raises(BadRowsError, match="'Churn'"):
        load(write_csv(without_label(telco_rows)), MARCH, lake)
    assert not lake.exists()


def test_replace_writes_even_what_is_there_and_gives_the_same_bytes(file: Path, lake: Path) -> None:
    load(file, MARCH, lake)
    before = content(lake)
    assert load(file, MARCH, lake, replace=True).written
    assert content(lake) == before


def test_if_changed_keeps_the_same_file_whatever_the_date(
    file: Path, lake: Path, telco_rows: list[Row], write_csv: WriteCsv
) -> None:
    assert load(file, MARCH, lake, if_changed=True).written
    kept = load(file, APRIL, lake, if_changed=True)
    assert not kept.written
    assert kept.manifest.facts.data_until == MARCH
    assert load(write_csv(telco_rows[1:], "other.csv"), APRIL, lake, if_changed=True).written
    assert read_manifest(lake).facts.data_until == APRIL


def test_if_changed_replaces_a_simulated_base(
    file: Path, lake: Path, history: object, write_history: Callable[..., None]
) -> None:
    write_history(lake, history)
    with pytest.raises(
        BaseConflictError, match="simulated-tiny, which is a simulation, and the data are a Telco CSV"
    ):
        load(file, MARCH, lake)
    assert load(file, MARCH, lake, if_changed=True).written
    check_lake(lake)


def test_a_damaged_lake_is_not_taken_for_there_already(file: Path, lake: Path) -> None:
    load(file, MARCH, lake)
    whole = content(lake)
    part_path(lake, "billing", 1).write_bytes(b"PAR1")
    with pytest.raises(LakeDamagedError, match=r"billing\.parquet/0001\.parquet is truncated"):
        load(file, MARCH, lake)
    assert load(file, MARCH, lake, if_changed=True).written
    assert content(lake) == whole


def test_a_bad_file_leaves_the_lake_as_it_was(
    file: Path, lake: Path, telco_rows: list[Row], write_csv: WriteCsv
) -> None:
    load(file, MARCH, lake)
    before = content(lake)
    telco_rows[2]["Contract"] = "Forever"
    bad = write_csv(telco_rows, "bad.csv")
    with pytest.raises(BadRowsError, match="line 4, Contract: 'Forever'"):
        load(bad, APRIL, lake, replace=True)
    with pytest.raises(InputError, match="There is no file"):
        load(bad.with_name("nowhere.csv"), APRIL, lake, replace=True)
    assert content(lake) == before


def test_the_form_with_tickets(telco_rows: list[Row], write_csv: WriteCsv, lake: Path) -> None:
    rows = [{**row, "numAdminTickets": "1", "numTechTickets": "2"} for row in telco_rows]
    done = load(write_csv(rows), MARCH, lake)
    assert done.manifest.facts.tickets
    assert done.manifest.tables["tickets"].rows == 4
    check_lake(lake)


def test_the_published_file(real_csv: Path, lake: Path) -> None:
    done = load(real_csv, MARCH, lake)
    assert len(done.blank_lines) == 11
    check_lake(lake)
    billing = pq.read_table(lake / "billing.parquet").to_pandas()
    labels = pq.read_table(lake / "labels.parquet").to_pandas()
    assert len(billing) == 7043
    assert (labels["Churn"] == "Yes").sum() == 1869
    charges = billing[["tenure", "MonthlyCharges", "TotalCharges"]]
    assert charges.skew().round(2).tolist() == [0.24, -0.22, 0.96]
    correlation = charges.corr()["TotalCharges"].round(3).tolist()
    assert correlation == pytest.approx([0.826, 0.651, 1.0])
    assert (billing.loc[billing["tenure"] == 0, "TotalCharges"] == 0).all()


def test_the_published_file_with_tickets_reads_like_the_file(
    real_csv: Path, write_csv: WriteCsv, lake: Path
) -> None:
    with real_csv.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    wide = [
        {**row, "numAdminTickets": str(i % 4), "numTechTickets": str(i % 7)} for i, row in enumerate(rows)
    ]
    load(write_csv([{c: row[c] for c in COLUMNS_WITH_TICKETS} for row in wide]), MARCH, lake)
    check_lake(lake)
    frame = pd.DataFrame(wide)
    for table in ("demographics", "services", "billing", "tickets", "labels"):
        back = pq.read_table(lake / f"{table}.parquet").to_pandas()
        for column in set(back.columns) & set(frame.columns):
            cells = frame[column].replace(" ", "0")
            assert (cells.astype(back[column].dtype) == back[column]).all(), column

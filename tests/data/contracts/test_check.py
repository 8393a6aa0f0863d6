from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from data.contracts import check
from data.contracts.check import check_contracts, check_lake
from data.errors import ContractError, LakeMissingError
from data.lake_files import reading
from data.lake_files.manifest import Facts, Manifest
from data.lake_files.table_writer import TableWriter
from data.schema import TABLES

History = dict[str, list[dict[str, Any]]]
Arrow = Callable[[str, list[dict[str, Any]]], pa.Table]


@pytest.fixture
def broken(tmp_path: Path, facts: Facts, arrow: Arrow) -> Callable[[History], list[str]]:
    """Return a check of a history's contracts, written without the lake's own guard."""

    def check_it(history: History, facts: Facts = facts) -> list[str]:
        tables = {}
        for name, rows in history.items():
            file = TableWriter(tmp_path, TABLES[name])
            file.append(arrow(name, rows))
            file.close()
            tables[name] = file.seal()
        try:
            check_contracts(tmp_path, Manifest(facts, tables))
        except ContractError as error:
            return [str(violation) for violation in error.violations]
        return []

    return check_it


Broken = Callable[[History], list[str]]


@pytest.fixture(params=[1, 2, 262_144])
def batch_rows(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Read in batches of one row, two rows and all rows: the answers are the same."""
    monkeypatch.setattr(reading, "BATCH_ROWS", request.param)
    return int(request.param)


@pytest.mark.usefixtures("batch_rows")
def test_a_good_history_breaks_nothing(broken: Broken, history: History) -> None:
    assert broken(history) == []


@pytest.mark.usefixtures("batch_rows")
def test_rules_of_rows_keys_and_customers_are_all_reported(broken: Broken, history: History) -> None:
    history["demographics"][0]["SeniorCitizen"] = 3
    history["churn_events"].append({**history["churn_events"][0]})
    history["tickets"][0]["customerID"] = "Z"
    history["billing"].append({**history["billing"][0]})
    history["offers"].append({**history["offers"][0], "offer": "discount"})
    assert broken(history) == [
        "demographics, customer A, 2026-01-05, SeniorCitizen: 3; rule: 0 or 1",
        "billing, customer A, 2026-01-05, customerID, event_timestamp, created_timestamp: 'A', "
        "2026-01-05 00:00:00+00:00, 2026-01-05 00:00:00+00:00; "
        "rule: customerID and event_timestamp and created_timestamp together stand once",
        "tickets, customer Z, 2026-01-05, customerID: 'Z'; rule: customerID is one of demographics",
        "churn_events, customer B, 2026-03-10, customerID, event_timestamp: 'B', 2026-03-10 00:00:00+00:00; "
        "rule: customerID and event_timestamp together stand once",
        "offers, customer A, 2026-02-15, customerID, campaign: 'A', '2026-02'; "
        "rule: customerID and campaign together stand once",
    ]


@pytest.mark.usefixtures("batch_rows")
def test_every_customer_has_services_bills_and_tickets(broken: Broken, history: History) -> None:
    for name in ("services", "billing", "tickets"):
        history[name] = [row for row in history[name] if row["customerID"] == "A"]
    rule = "every customer has a row from joining on"
    assert broken(history) == [
        f"{n}, customerID: 'B'; rule: {rule}" for n in ("services", "billing", "tickets")
    ]


def test_without_customers_one_line_says_so(broken: Broken, history: History) -> None:
    history["demographics"] = []
    assert broken(history) == ["demographics, rows: 0; rule: a base has at least one customer"]


def test_a_table_that_is_bad_throughout_does_not_fill_the_memory(
    tmp_path: Path, history: History, write_history: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "BATCH_ROWS", 1)
    monkeypatch.setattr(check, "MOST_PER_TABLE", 2)
    for row in history["billing"]:
        row["MonthlyChargesChange3m"] = float("inf")
    with pytest.raises(ContractError, match="at least 3 times"):
        write_history(tmp_path / "lake", history)


def test_a_lake_is_checked_as_it_lies(
    lake: Path, history: History, write_history: Callable[..., None]
) -> None:
    with pytest.raises(LakeMissingError):
        check_lake(lake)
    write_history(lake, history)
    seen: list[tuple[str, int, int]] = []
    assert check_lake(lake, lambda *step: seen.append(step)).facts.base == "simulated-tiny"
    assert ("billing", 5, 5) in seen


def test_a_lake_whose_rows_were_forged_with_its_manifest_is_caught(
    lake: Path, history: History, facts: Facts, write_history: Callable[..., None], arrow: Arrow
) -> None:
    write_history(lake, history)
    history["demographics"][0]["gender"] = "Other"
    (lake / "demographics.parquet" / "0001.parquet").unlink()
    forged = TableWriter(lake, TABLES["demographics"])
    forged.append(arrow("demographics", history["demographics"]))
    forged.close()
    tables = {**check_lake_tables(lake), "demographics": forged.seal()}
    (lake / "manifest.json").write_text(Manifest(facts, tables).to_json())
    with pytest.raises(
        ContractError, match=r"break their contracts 1 time:\n  demographics, customer A, .*gender"
    ):
        check_lake(lake)


def check_lake_tables(lake: Path) -> dict[str, Any]:
    return dict(Manifest.from_json((lake / "manifest.json").read_text()).tables)

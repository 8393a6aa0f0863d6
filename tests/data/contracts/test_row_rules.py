from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from data.contracts.table_contracts import contract_of
from data.lake_files.manifest import Facts
from data.lake_files.reading import to_frame

Rows = list[dict[str, Any]]
Arrow = Callable[[str, Rows], pa.Table]


@pytest.fixture
def broken(arrow: Arrow, history: dict[str, Rows], facts: Facts) -> Callable[..., list[tuple[str, str]]]:
    """Return a check of the history's first row of a table with some cells changed."""

    def check(table: str, changes: dict[str, Any], facts: Facts = facts) -> list[tuple[str, str]]:
        row = {**history[table][-1], **changes}
        found = contract_of(table, facts).broken(to_frame(arrow(table, [row])))
        return [(v.column, v.rule) for v in found]

    return check


Broken = Callable[..., list[tuple[str, str]]]


def test_the_history_breaks_nothing(arrow: Arrow, history: dict[str, Rows], facts: Facts) -> None:
    for name, rows in history.items():
        assert contract_of(name, facts).broken(to_frame(arrow(name, rows))) == []


def test_the_clocks(broken: Broken) -> None:
    event = pd.Timestamp("2026-02-28", tz="UTC")
    assert broken("billing", {"created_timestamp": event - pd.Timedelta("1us")}) == [
        ("event_timestamp, created_timestamp", "created_timestamp is not before event_timestamp")
    ]
    assert broken("billing", {"created_timestamp": pd.Timestamp("2026-04-01", tz="UTC")}) == []
    assert broken("billing", {"created_timestamp": pd.Timestamp("2026-04-01 00:01", tz="UTC")}) == [
        ("created_timestamp", "nothing was learned after data_until (2026-04-01 00:00 UTC)")
    ]


def test_a_snapshot_has_one_date_and_no_history(broken: Broken, snapshot_facts: Facts) -> None:
    rules = [rule for _, rule in broken("billing", {}, snapshot_facts)]
    assert rules == [
        "both clocks of a snapshot stand at its as-of date (2026-04-01)",
        "MonthlyChargesChange3m is null in a snapshot, which does not know it",
    ]
    until = pd.Timestamp(snapshot_facts.data_until)
    clock = {"event_timestamp": until, "created_timestamp": until}
    assert broken("billing", {**clock, "MonthlyChargesChange3m": None}, snapshot_facts) == []


def test_a_history_knows_its_windows(broken: Broken) -> None:
    assert broken("billing", {"MonthlyChargesChange3m": None}) == [
        ("MonthlyChargesChange3m", "MonthlyChargesChange3m is not null in a history")
    ]
    # Null windows break nothing else: what is not known is not compared.
    assert broken("tickets", {"numTechTickets3m": None}) == [
        ("numTechTickets3m", "numTechTickets3m is not null in a history")
    ]


@pytest.mark.parametrize(
    ("changes", "columns"),
    [
        ({"PhoneService": "No"}, ["PhoneService, MultipleLines"]),
        ({"MultipleLines": "No phone service"}, ["PhoneService, MultipleLines"]),
        ({"TechSupport": "No internet service"}, ["InternetService, TechSupport"]),
        ({"InternetService": "Fibre", "TechSupport": "No internet service"}, ["InternetService"]),
        ({"PhoneService": "No", "MultipleLines": "No phone service"}, []),
    ],
)
def test_services(broken: Broken, changes: dict[str, str], columns: list[str]) -> None:
    assert [column for column, _ in broken("services", changes)] == columns


@pytest.mark.parametrize(
    ("changes", "rules"),
    [
        ({"AvgMonthlyCharges": 49.995, "MonthlyChargesVsAvg": 0.005}, []),
        (
            {"AvgMonthlyCharges": 49.0, "MonthlyChargesVsAvg": 1.0},
            ["AvgMonthlyCharges is TotalCharges / tenure, and MonthlyCharges at tenure 0"],
        ),
        ({"MonthlyChargesVsAvg": -1.0}, ["MonthlyChargesVsAvg is MonthlyCharges - AvgMonthlyCharges"]),
        ({"tenure": 0, "TotalCharges": 0.0}, []),
        (
            {"tenure": 12, "TotalCharges": 0.0, "AvgMonthlyCharges": 0.0, "MonthlyChargesVsAvg": 50.0},
            ["TotalCharges is above 0 from tenure 1 on, unless MonthlyCharges is 0"],
        ),
        ({"tenure": -1}, ["a whole number of months from 0 to 1,200"]),
        ({"tenure": 1201, "TotalCharges": 1201 * 50.0}, ["a whole number of months from 0 to 1,200"]),
        ({"MonthlyChargesChange3m": float("nan")}, ["a finite number"]),
        ({"MonthlyChargesChange3m": float("-inf")}, ["a finite number"]),
    ],
)
def test_billing(broken: Broken, changes: dict[str, float], rules: list[str]) -> None:
    assert [rule for _, rule in broken("billing", changes)] == rules


@pytest.mark.parametrize("value", [-0.01, float("nan"), float("inf")])
def test_charges_are_finite_and_not_negative(broken: Broken, value: float) -> None:
    assert ("TotalCharges", "a finite number, at least 0") in broken("billing", {"TotalCharges": value})


def test_ticket_windows_lie_within_each_other(broken: Broken) -> None:
    assert broken("tickets", {"numTechTickets1m": 4}) == [
        ("numTechTickets1m, numTechTickets3m", "numTechTickets1m is not more than numTechTickets3m")
    ]
    assert broken("tickets", {"numAdminTickets3m": 1}) == [
        ("numAdminTickets3m, numAdminTickets", "numAdminTickets3m is not more than numAdminTickets")
    ]
    assert ("numAdminTickets", "at least 0") in broken("tickets", {"numAdminTickets": -1})


def test_snapshot_tickets_without_windows(broken: Broken, snapshot_facts: Facts) -> None:
    until = pd.Timestamp(snapshot_facts.data_until)
    windows = [f"num{kind}Tickets{w}" for kind in ("Admin", "Tech") for w in ("1m", "3m")]
    clock = {"event_timestamp": until, "created_timestamp": until}
    assert broken("tickets", {**clock, **dict.fromkeys(windows)}, replace(snapshot_facts)) == []

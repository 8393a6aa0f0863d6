"""Tiny inputs of the data room: a Telco file of four customers and a history of two."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from lake_content import as_table

from data.lake_files.manifest import Facts
from data.lake_files.table_file import shape
from data.loading.lake_writer import LakeWriter
from data.paths import ROOT
from data.schema import TABLES
from data.telco.contract import COLUMNS

Rows = list[dict[str, Any]]
History = dict[str, Rows]

TELCO = """\
1001-DSLNP,Female,0,Yes,No,1,No,No phone service,DSL,No,Yes,No,No,No,No,One year,Yes,Electronic check,30,30,No
1002-LEAVE,Male,1,No,No,2,Yes,No,DSL,Yes,Yes,No,No,No,No,Month-to-month,Yes,Mailed check,55.5,108,Yes
1003-FRESH,Female,0,Yes,Yes,0,Yes,Yes,Fiber optic,Yes,No,Yes,Yes,Yes,No,Two year,Yes,Mailed check,90.25, ,No
1004-NONET,Male,0,No,No,16,Yes,No,No,X,X,X,X,X,X,Two year,No,Credit card (automatic),20,320,No
""".replace("X", "No internet service")


@pytest.fixture
def telco_rows() -> list[dict[str, str]]:
    """Four customers: without phone, a leaver, a new one with blank TotalCharges, without internet."""
    return [dict(zip(COLUMNS, fields, strict=True)) for fields in csv.reader(TELCO.splitlines())]


@pytest.fixture
def write_csv(tmp_path: Path) -> Callable[..., Path]:
    """Return a writer of rows as a CSV; the header is that of the first row."""

    def write(rows: Sequence[Mapping[str, str]], name: str = "telco.csv") -> Path:
        path = tmp_path / name
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, fieldnames=list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        return path

    return write


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the place of a lake that the commands use too; nothing lies there."""
    place = tmp_path / "store" / "lake"
    monkeypatch.setenv("STAYLINE_LAKE", str(place))
    return place


@pytest.fixture
def real_csv() -> Path:
    """Return the published Telco file, which lies beside the project where it is developed."""
    path = ROOT.parent / "shared" / "data" / "telco_customer_churn.csv"
    if not path.is_file():
        pytest.skip(f"the published Telco file is not at {path}")
    return path


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.fixture
def facts() -> Facts:
    """Return the facts of the tiny history."""
    return Facts(
        "simulated-tiny", "simulated", "events", day("2026-04-01"), True, {"customers": 2}, "simulated"
    )


@pytest.fixture
def snapshot_facts() -> Facts:
    """Return the facts of a snapshot with tickets as of 2026-04-01."""
    return Facts("telco-tiny", "snapshot", "given", day("2026-04-01"), True, {"file": "telco.csv"}, "telco")


def keys(customer: str, event: str, created: str | None = None) -> dict[str, Any]:
    return {
        "customerID": customer,
        "event_timestamp": day(event),
        "created_timestamp": day(created or event),
    }


@pytest.fixture
def history() -> History:
    """Customer A joined in January and is there; B joined in February and left on 10 March."""
    person = {"gender": "Female", "SeniorCitizen": 0, "Partner": "Yes", "Dependents": "No"}
    services = {
        **{"PhoneService": "Yes", "MultipleLines": "No", "InternetService": "DSL"},
        **{"OnlineSecurity": "No", "OnlineBackup": "Yes", "DeviceProtection": "No"},
        **{"TechSupport": "No", "StreamingTV": "No", "StreamingMovies": "Yes"},
        **{"Contract": "One year", "PaperlessBilling": "Yes", "PaymentMethod": "Mailed check"},
    }

    def bill(tenure: int, total: float) -> dict[str, Any]:
        average = total / tenure if tenure else 50.0
        derived = {"AvgMonthlyCharges": average, "MonthlyChargesVsAvg": 50.0 - average}
        charges = {"tenure": tenure, "MonthlyCharges": 50.0, "TotalCharges": total}
        return {**charges, **derived, "MonthlyChargesChange3m": 0.0}

    def opened(tech: int, last_month: int) -> dict[str, Any]:
        admin = {"numAdminTickets": 0, "numAdminTickets1m": 0, "numAdminTickets3m": 0}
        return {"numTechTickets": tech, "numTechTickets1m": last_month, "numTechTickets3m": tech, **admin}

    return {
        "demographics": [{**keys("A", "2026-01-05"), **person}, {**keys("B", "2026-02-03"), **person}],
        "services": [{**keys("A", "2026-01-05"), **services}, {**keys("B", "2026-02-03"), **services}],
        "billing": [
            {**keys("A", "2026-01-05"), **bill(0, 0.0)},
            {**keys("B", "2026-02-03"), **bill(0, 0.0)},
            {**keys("A", "2026-01-31"), **bill(1, 50.0)},
            {**keys("A", "2026-02-28", "2026-03-20"), **bill(2, 98.0)},
            {**keys("B", "2026-02-28"), **bill(1, 50.0)},
        ],
        "tickets": [
            {**keys("A", "2026-01-05"), **opened(0, 0)},
            {**keys("B", "2026-02-03"), **opened(0, 0)},
            {**keys("A", "2026-01-31"), **opened(2, 2)},
            {**keys("A", "2026-02-28"), **opened(3, 1)},
        ],
        "churn_events": [keys("B", "2026-03-10")],
        "labels": [],
        "offers": [
            {**keys("A", "2026-02-15"), "campaign": "2026-02", "offer": "none"},
            {**keys("B", "2026-02-15"), "campaign": "2026-02", "offer": "discount"},
        ],
        "contacts": [
            {**keys("B", "2026-02-17"), "channel": "email", "campaign": "2026-02", "outcome": "refused"}
        ],
        "consent": [
            {**keys("A", "2026-01-05"), "channel": "sms", "allowed": "Yes"},
            {**keys("B", "2026-03-12"), "channel": "all", "allowed": "No"},
        ],
        "satisfaction": [{**keys("A", "2026-03-02"), "score": 7}],
    }


@pytest.fixture
def arrow() -> Callable[[str, Rows], pa.Table]:
    """Return a maker of Arrow tables with a table's schema."""
    return lambda name, rows: shape(as_table(name, rows), TABLES[name])


@pytest.fixture
def write_history(arrow: Callable[[str, Rows], pa.Table], facts: Facts) -> Callable[..., None]:
    """Return a writer of a history as a lake."""

    def write(lake: Path, history: History, facts: Facts = facts, replace: bool = False) -> None:
        with LakeWriter(lake, facts, replace) as writer:
            for name, rows in history.items():
                writer.append(name, arrow(name, rows))

    return write

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from feast.infra.compute_engines.local.compute import LocalComputeEngine
from house import VIEWS, House, at, row
from small_lakes import write_parts

from feature_repo.compute_engine import ArrowComputeEngine
from feature_repo.errors import OnlineStoreError

HISTORY = {
    "demographics": [row("A", "2024-01-01"), row("B", "2024-02-01", gender="Male", SeniorCitizen=1)],
    "services": [
        row("A", "2024-01-01", Contract="One year"),
        row("A", "2025-11-05", Contract="Two year"),
        row("B", "2024-02-01", "2025-12-01", Contract="Month-to-month"),
    ],
    "billing": [
        row("A", "2025-10-31", tenure=21, TotalCharges=100.0),
        row("A", "2025-11-30", "2025-12-20", tenure=22, MonthlyChargesChange3m=None),
        row("A", "2025-11-30", "2025-12-01", tenure=99),
        row("B", "2025-12-31", tenure=22, MonthlyChargesChange3m=0.1 + 0.2),
        row("C", "2026-01-31", tenure=1),
    ],
    "tickets": [
        row("A", "2025-11-30", numTechTickets=2, numTechTickets1m=None),
        row("B", "2025-11-30", numTechTickets=2**53 + 1, numTechTickets1m=1),
    ],
}


def everything(database: Path) -> dict[str, list[Any]]:
    connection = sqlite3.connect(database)
    tables = {
        view: connection.execute(f"SELECT * FROM stayline_{view} ORDER BY customerID").fetchall()
        for view in VIEWS
    }
    connection.close()
    return tables


@pytest.mark.parametrize("start", [at("2020-01-01"), at("2025-11-30"), at("2025-12-30")])
def test_it_writes_what_feasts_own_engine_writes(house: House, start: Any) -> None:
    house.write(HISTORY)
    store = house.apply()
    assert isinstance(store.provider.batch_engine, ArrowComputeEngine)
    store.materialize(start, at("2026-01-01"))
    ours = everything(house.database)
    house.database.unlink()

    feasts = house.apply()
    feasts.config.batch_engine_config = "local"
    assert type(feasts.provider.batch_engine) is LocalComputeEngine
    feasts.materialize(start, at("2026-01-01"))
    assert everything(house.database) == ours


def test_the_latest_row_of_each_customer_is_written_whole(house: House) -> None:
    house.write(HISTORY)
    house.apply().materialize(at("2025-10-01"), at("2026-01-01"))
    tables = everything(house.database)
    a, b = tables["billing"]
    assert (a[0], a[3], a[8]) == ("A", 22, None), "learned last, and its null stays a null"
    assert (b[0], b[3], b[8]) == ("B", 22, 0.1 + 0.2)
    assert tables["tickets"][1][4] == 2**53 + 1, "a whole number that no float holds"
    assert [line[0] for line in tables["services"]] == ["A"], "B's services are older than the window"


def test_a_view_that_asks_for_more_is_left_to_feast(house: House) -> None:
    house.write(HISTORY)
    definitions = house.definitions()
    definitions.billing.enable_validation = True
    store = house.apply(definitions)
    engine = store.provider.batch_engine
    assert not engine._is_plain(store.get_feature_view("billing"))
    assert engine._is_plain(store.get_feature_view("tickets"))
    store.materialize(at("2025-10-01"), at("2026-01-01"))
    assert [line[:1] for line in everything(house.database)["billing"]] == [("A",), ("B",)]


def test_an_error_reaches_the_caller_and_the_watermark_stays(house: House) -> None:
    house.write({**HISTORY, "tickets": []})
    store = house.apply()
    write_parts(house.lake / "tickets.parquet", pq.read_table(house.lake / "billing.parquet"))
    with pytest.raises(Exception, match="numAdminTickets"):
        store.materialize(at("2025-10-01"), at("2026-01-01"), ["tickets"])
    assert house.store().get_feature_view("tickets").materialization_intervals == []


def test_a_column_that_lost_its_type_is_refused_before_anything_is_written(house: House) -> None:
    house.write(HISTORY)
    store = house.apply()
    path = house.lake / "billing.parquet"
    table = pq.read_table(path)
    halves = pa.array([number + 0.5 for number in range(table.num_rows)])
    write_parts(path, table.set_column(table.column_names.index("tenure"), "tenure", halves))
    with pytest.raises(OnlineStoreError, match="Column 'tenure' of view 'billing' is declared int64"):
        store.materialize(at("2025-10-01"), at("2026-01-01"), ["billing"])
    assert everything(house.database)["billing"] == []

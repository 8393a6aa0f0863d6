"""Customers who left and came back, or left twice: online store, offline store and batch scoring agree."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from house import House
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from stays import LAST, VALUE, Telecom, day_of, telecoms

from data.errors import ContractError
from data.loading.load_tables import load_tables
from data.paths import ROOT
from serving.features.lake import customers_at, open_lake
from serving.features.materialize import materialize
from serving.features.offline_features import OfflineFeatures
from serving.features.online_features import OnlineStore
from serving.model.signature import signature_of

CASE = ROOT.parent / "shared" / "cases" / "hist" / "h02_rejoined_rows_after_leaving"
NOVEMBER = datetime(2026, 11, 1, tzinfo=UTC)
LEFT_IN_MAY = "5131-RJYCP"
"""A customer of the case who left on 26 May, and has a bill of 25 July."""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """An applied repository; ``empty.db`` beside its online store is the store before any row."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        made = House(tmp_path_factory.mktemp("returns"), monkeypatch)
        made.write({}, kind="history")
        made.apply()
        with closing(sqlite3.connect(made.database)) as store, closing(sqlite3.connect(_empty(made))) as copy:
            store.backup(copy)
        yield made


@settings(max_examples=8, phases=(Phase.generate,))  # a shorter example takes minutes to find
@given(telecoms(), st.lists(st.integers(60, LAST), min_size=1, max_size=3, unique=True), st.integers(0, 99))
def test_online_is_offline_is_batch_after_any_order_of_rows(
    house: House, telecom: Telecom, days: list[int], shuffle: int
) -> None:
    _empty_store(house)
    for day in sorted(days):
        moment = day_of(day).to_pydatetime()
        house.write(telecom.known(day, shuffle), data_until=f"{moment:%Y-%m-%d}", kind="history")
        materialize(now=lambda moment=moment: moment)
        there = {customer for customer in telecom.stays if telecom.stay_of(customer, day)}
        expected = {customer: telecom.values(customer, day) for customer in sorted(there)}
        assert _batch(moment) == expected
        assert _offline(sorted(there), moment) == expected
        assert _online(sorted(telecom.stays), moment) == expected


def _empty(house: House) -> Path:
    return house.folder / "empty.db"


def _empty_store(house: House) -> None:
    for suffix in ("", "-wal", "-shm"):
        house.database.with_name(house.database.name + suffix).unlink(missing_ok=True)
    shutil.copy(_empty(house), house.database)


def _batch(moment: datetime) -> dict[str, dict[str, Any]]:
    folder, manifest = open_lake()
    customers = customers_at(folder, manifest, moment)["customerID"]
    rows = OfflineFeatures("churn_v1", manifest.base).at(customers, moment)
    return _by_customer(rows.select(["customerID", *VALUE.values()]).to_pylist())


def _offline(customers: list[str], moment: datetime) -> dict[str, dict[str, Any]]:
    rows = pd.DataFrame({"customerID": customers, "event_timestamp": pd.Timestamp(moment)})
    read = OfflineFeatures("churn_v1", open_lake()[1].base).read(rows)[["customerID", *VALUE.values()]]
    return _by_customer(pa.Table.from_pandas(read, preserve_index=False).to_pylist())


def _online(customers: list[str], moment: datetime) -> dict[str, dict[str, Any]]:
    """Those whom the service knows."""
    read = OnlineStore().features(signature_of(), now=lambda: moment).read(customers)
    return {
        one.customer_id: {name: one.values[name] for name in VALUE.values()}
        for one in read
        if one.statuses.known
    }


def _by_customer(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {row.pop("customerID"): row for row in rows}


@pytest.fixture
def extract(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    if not CASE.is_dir():
        pytest.skip(f"the extract is not at {CASE}")
    monkeypatch.setenv("STAYLINE_LAKE", str(tmp_path / "lake"))
    shutil.copytree(CASE, tmp_path / "extract", copy_function=shutil.copyfile)
    return tmp_path / "extract"


def _again(path: Path, customer: str, day: str, **values: Any) -> None:
    """Add the customer's last row once more, on another day."""
    rows = pd.read_parquet(path)
    last = rows[rows["customerID"] == customer].iloc[[-1]]
    moment = pd.Timestamp(day, tz="UTC").as_unit("us")
    again = last.assign(event_timestamp=moment, created_timestamp=moment, **values)
    pd.concat([rows, again], ignore_index=True).to_parquet(path, index=False)


def _customers(extract: Path) -> tuple[str, set[str]]:
    lake = extract.parent / "lake"
    done = load_tables(extract, NOVEMBER, lake)
    return done.summary_lines()[0], set(customers_at(*open_lake(), NOVEMBER)["customerID"])


def test_a_bill_two_months_after_leaving_is_no_return(extract: Path) -> None:
    said, customers = _customers(extract)
    assert said.endswith(": 333 customers as of 2026-11-01, after 456 leaves.")
    assert len(customers) == 333
    assert LEFT_IN_MAY not in customers


def test_the_customer_of_the_extract_is_back_with_a_row_of_demographics(extract: Path) -> None:
    new = {"tenure": 0, "TotalCharges": 0.0, "AvgMonthlyCharges": 70.43, "MonthlyChargesVsAvg": 0.0}
    _again(extract / "billing.parquet", LEFT_IN_MAY, "2026-09-30", **new)
    for name in ("services", "tickets"):
        _again(extract / f"{name}.parquet", LEFT_IN_MAY, "2026-09-30")
    with pytest.raises(
        ContractError, match=f"billing, customer {LEFT_IN_MAY}, 2026-09-30.*has a row of demographics"
    ):
        _customers(extract)
    _again(extract / "demographics.parquet", LEFT_IN_MAY, "2026-09-30")
    said, customers = _customers(extract)
    assert said.endswith(": 334 customers as of 2026-11-01, after 456 leaves.")
    assert LEFT_IN_MAY in customers
    _again(extract / "churn_events.parquet", LEFT_IN_MAY, "2026-10-20")
    shutil.rmtree(extract.parent / "lake")
    said, customers = _customers(extract)
    assert said.endswith(": 333 customers as of 2026-11-01, after 457 leaves.")
    assert LEFT_IN_MAY not in customers

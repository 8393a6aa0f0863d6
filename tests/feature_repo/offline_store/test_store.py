"""Feast's own ways work through the offline store: saved datasets, names of views, materialize, threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from feast.infra.offline_stores.duckdb import DuckDBOfflineStore
from feast.infra.offline_stores.file_source import SavedDatasetFileStorage
from house import House, at, row
from small_lakes import make_earlier, telecom_rows

from feature_repo.offline_store.job import ArrowRetrievalJob

MOMENT = at("2025-12-01")
SERVICE = "churn_v1"


@pytest.fixture
def applied(house: House) -> Any:
    house.write(telecom_rows(50))
    return house.apply()


def entity_rows(customers: int = 50, moment: Any = MOMENT) -> pd.DataFrame:
    names = [f"{number:04d}-TESTA" for number in range(customers)]
    return pd.DataFrame({"customerID": names, "event_timestamp": pd.Timestamp(moment)})


@pytest.mark.parametrize("parts", [1, 2])
def test_parts_of_an_earlier_version_are_read_alike(house: House, applied: Any, parts: int) -> None:
    rows = telecom_rows(50)
    for bill in rows["billing"]:
        bill["ContractMonthsLeft"] = 7
    house.write(rows)
    before = by_key(job(applied).to_arrow())
    make_earlier(house.lake, parts)
    after = by_key(job(applied).to_arrow())
    at = before.schema.get_field_index("ContractMonthsLeft")
    assert after.remove_column(at).equals(before.remove_column(at))
    left = after["ContractMonthsLeft"]
    assert left.type == pa.int64()
    assert (before["ContractMonthsLeft"].null_count, left.null_count) == (0, 50 if parts == 2 else 25)


@pytest.mark.parametrize("parts", [1, 2])
def test_the_latest_rows_of_parts_of_an_earlier_version(house: House, parts: int) -> None:
    house.write(
        {
            "billing": [
                row("a", "2025-09-30", ContractMonthsLeft=5),
                row("b", "2025-09-30", ContractMonthsLeft=6),
            ]
        }
    )
    store = house.apply()
    make_earlier(house.lake, parts)
    latest = latest_of(store, store.provider.offline_store, at("2020-01-01"), at("2025-10-01"))
    assert latest["ContractMonthsLeft"].to_pylist() == [None, None if parts == 2 else 6]
    assert latest["ContractMonthsLeft"].type == pa.int64()


def job(store: Any, **options: Any) -> Any:
    return store.get_historical_features(entity_rows(), store.get_feature_service(SERVICE), **options)


def by_key(table: pa.Table) -> pa.Table:
    return table.select(sorted(table.column_names)).sort_by("customerID")


def latest_of(store: Any, kind: Any, start: Any, end: Any) -> pa.Table:
    view = store.get_feature_view("billing")
    pulled = kind.pull_latest_from_table_or_query(
        store.config,
        view.batch_source,
        view.join_keys,
        [field.name for field in view.features],
        "event_timestamp",
        "created_timestamp",
        start,
        end,
    )
    return by_key(pulled.to_arrow())


@pytest.mark.parametrize("start", ["2020-01-01", "2025-09-30", "2025-10-01"])
def test_the_latest_rows_are_feasts(house: House, start: str) -> None:
    bills = [
        row("a", "2025-09-30", "2025-10-05", tenure=2),
        row("a", "2025-09-30", "2025-10-04", tenure=1),
        row("a", "2025-08-31", "2025-12-01", tenure=0),
        row("b", "2025-09-29", MonthlyChargesChange3m=None),
        row("c", "2025-10-02", tenure=3),
    ]
    house.write({"billing": bills})
    store = house.apply()
    for end in (at("2025-10-01"), at("2025-10-02").replace(tzinfo=None)):
        ours = latest_of(store, store.provider.offline_store, at(start), end)
        assert ours.equals(latest_of(store, DuckDBOfflineStore, at(start), end))


@pytest.mark.filterwarnings("ignore:Saving dataset is an experimental:RuntimeWarning")
@pytest.mark.filterwarnings("ignore:Retrieving datasets is an experimental:RuntimeWarning")
def test_a_saved_dataset_is_read_as_it_was_written(applied: Any, tmp_path: Path) -> None:
    asked = job(applied)
    assert isinstance(asked, ArrowRetrievalJob)
    storage = SavedDatasetFileStorage(path=str(tmp_path / "saved.parquet"))
    saved = applied.create_saved_dataset(from_=asked, name="one", storage=storage)
    assert by_key(saved.to_arrow()).equals(by_key(job(applied).to_arrow()))
    assert by_key(applied.get_saved_dataset("one").to_arrow()).num_rows == 50


def test_full_feature_names(applied: Any) -> None:
    full = job(applied, full_feature_names=True).to_arrow()
    short = job(applied).to_arrow()
    assert full.column_names[2:] == [
        f"{projection.name}__{feature.name}"
        for projection in applied.get_feature_service(SERVICE).feature_view_projections
        for feature in projection.features
    ]
    assert full["billing__tenure"].equals(short["tenure"])


def test_what_is_not_plain_parquet_is_left_to_feast(applied: Any) -> None:
    view = applied.get_feature_view("billing")
    view.batch_source.field_mapping["tenure"] = "months"
    refs = ["billing:months", "billing:TotalCharges"]
    store = applied.provider.offline_store
    asked = store.get_historical_features(
        applied.config, [view], refs, entity_rows(), applied.registry, applied.project
    )
    assert not isinstance(asked, ArrowRetrievalJob)
    assert set(asked.to_arrow()["months"].to_pylist()) > {1}


def test_threads_read_at_the_same_time(applied: Any) -> None:
    alone = job(applied).to_arrow()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: job(applied).to_arrow(), range(24)))
    assert all(answer.equals(alone) for answer in answers)


def test_what_does_not_fit_into_memory_goes_to_disk_and_is_removed(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spill = tmp_path / "spill"
    spill.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(spill))
    house.write({"billing": [row(f"{n:06d}", "2025-09-30", tenure=n) for n in range(30_000)]})
    store = house.apply()
    store.config.offline_store.memory_limit = "40MB"
    rows = pd.DataFrame(
        {
            "customerID": [f"{n:06d}" for n in range(30_000)],
            "event_timestamp": pd.Timestamp("2025-10-01", tz="UTC"),
        }
    )
    answer = store.get_historical_features(rows, store.get_feature_service(SERVICE)).to_arrow()
    assert answer["tenure"].to_pylist() == list(range(30_000))
    assert list(spill.iterdir()) == []


def test_feast_materializes_through_it(house: House, applied: Any) -> None:
    applied.materialize(at("2025-01-01"), MOMENT)
    asked = [f"billing:{name}" for name in ("tenure", "TotalCharges")]
    online = applied.get_online_features(
        asked, [{"customerID": f"{n:04d}-TESTA"} for n in range(50)]
    ).to_dict()
    offline = applied.get_historical_features(entity_rows(moment=at("2025-10-01")), asked).to_arrow()
    assert online["tenure"] == offline["tenure"].to_pylist()
    assert online["TotalCharges"] == offline["TotalCharges"].to_pylist()


def test_what_the_store_does_not_do_itself_it_inherits(applied: Any) -> None:
    """`feast monitor` and others ask the store for more than reads."""
    source = applied.get_feature_view("billing").batch_source
    store = applied.provider.offline_store
    assert store.get_monitoring_max_timestamp(applied.config, source, "event_timestamp") == at("2025-09-30")
    metrics = store.compute_monitoring_metrics(
        applied.config, source, [("tenure", "numeric")], "event_timestamp"
    )
    assert metrics[0]["row_count"] == 100

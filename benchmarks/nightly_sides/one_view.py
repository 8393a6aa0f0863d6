"""One view of 25 features with twelve monthly rows a customer: its table, its Feast stores, and the limit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

WHOLE, NUMBERS = ([f"{kind}{n}" for n in range(10)] for kind in "if")
TEXTS = [f"s{n}" for n in range(5)]
FEATURES = [*WHOLE, *NUMBERS, *TEXTS]
VALUES = np.array(["Month-to-month", "One year", "Two year", "No internet service", "Electronic check"])
STORES = {"Feast": "duckdb", "Stayline": "feature_repo.offline_store.store.PointInTimeOfflineStore"}
HOUR = 3600 * 10**6


def table_of(lake: Path) -> Path:
    """The view's table, beside the lake whose customers it has."""
    return lake.with_name(f"{lake.name}-one-view.parquet")


def write_table(lake: Path) -> None:
    """Write the table, a month after the other; one that is there is kept."""
    path = table_of(lake)
    if path.exists():
        return
    ids = pq.read_table(lake / "demographics.parquet", columns=["customerID"])["customerID"].combine_chunks()
    months = _months(ids, np.random.default_rng(7))
    first = next(months)
    beside = path.with_suffix(".part")
    with pq.ParquetWriter(beside, first.schema) as writer:
        for month in (first, *months):
            writer.write_table(month, row_group_size=122_880)
    beside.rename(path)


def limit(lake: Path, rows: pa.Table) -> pa.Table:
    """The newest row's number by the event clock alone, then the rows by number; nothing expires."""
    names, file = ", ".join(FEATURES), f"read_parquet('{table_of(lake)}', file_row_number = true)"
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.register("asked", rows.append_column("rid", pa.array(np.arange(rows.num_rows))))
    return connection.sql(
        f"WITH a AS (SELECT e.rid, arg_max(f.file_row_number, f.event_timestamp) rn FROM asked e "
        f"JOIN (SELECT customerID, event_timestamp, file_row_number FROM {file}) f "
        f"ON e.customerID = f.customerID AND f.event_timestamp <= e.event_timestamp GROUP BY 1), "
        f"g AS (SELECT a.rid, {names} FROM a JOIN {file} w ON a.rn = w.file_row_number) "
        f"SELECT e.*, {names} FROM asked e LEFT JOIN g USING (rid)"
    ).to_arrow_table()


def feast_store(side: str, lake: Path, folder: Path) -> Any:
    """A Feast store of its own with the view, on Feast's DuckDB store or on ours."""
    from feast import FeatureStore, RepoConfig

    config = RepoConfig(
        project="one_view",
        provider="local",
        registry=str(folder / f"one-view-{side}.db"),
        offline_store={"type": STORES[side]},
        online_store={"type": "sqlite", "path": str(folder / f"one-view-{side}-online.db")},
        entity_key_serialization_version=3,
    )
    store = FeatureStore(config=config)
    store.apply(_definitions(table_of(lake)))
    return store


def read(store: Any, rows: pd.DataFrame) -> pa.Table:
    """What Feast answers, both clocks."""
    refs = [f"wide:{name}" for name in FEATURES]
    return store.get_historical_features(rows, refs, filter_by_created_timestamp=True).to_arrow()


def _definitions(table: Path) -> list[Any]:
    """The customer, and the view, of which nothing expires."""
    from feast import Entity, FeatureView, Field, FileSource
    from feast.types import Float64, Int64, String

    customer = Entity(name="customer", join_keys=["customerID"])
    event, created = "event_timestamp", "created_timestamp"
    source = FileSource(path=str(table), timestamp_field=event, created_timestamp_column=created)
    types = [(WHOLE, Int64), (NUMBERS, Float64), (TEXTS, String)]
    schema = [Field(name=name, dtype=kind) for names, kind in types for name in names]
    view = FeatureView(name="wide", entities=[customer], ttl=timedelta(0), schema=schema, source=source)
    return [customer, view]


def _months(ids: pa.Array, random: np.random.Generator) -> Iterator[pa.Table]:
    """A row a customer of each of twelve months, true on its first morning and known an hour later."""
    size, clock = len(ids), pa.timestamp("us", "UTC")
    for month in pd.date_range("2025-11-01", periods=12, freq="MS").to_numpy("datetime64[us]"):
        event = month + random.integers(0, 6 * HOUR, size).astype("timedelta64[us]")
        columns: dict[str, Any] = {
            "customerID": ids,
            "event_timestamp": pa.array(event).cast(clock),
            "created_timestamp": pa.array(event + np.timedelta64(HOUR, "us")).cast(clock),
        }
        for n, name in enumerate(WHOLE):
            columns[name] = random.integers(0, 72 + 100 * n, size)
        for n, name in enumerate(NUMBERS):
            columns[name] = np.round(random.gamma(2.0, 30.0 + n, size), 2)
        for n, name in enumerate(TEXTS):
            columns[name] = VALUES[random.integers(0, n % 4 + 2, size)]
        yield pa.table(columns)

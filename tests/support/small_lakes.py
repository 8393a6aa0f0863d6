"""Small lakes written by hand, and feature repos applied on them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from data.schema import TABLES, Column

ROOT = Path(__file__).parents[2]
Rows = Mapping[str, Iterable[Mapping[str, Any]]]


def utc(day: str) -> pd.Timestamp:
    return pd.Timestamp(day, tz="UTC")


def _filler(column: Column) -> Any:
    if column.optional and not pa.types.is_integer(column.type):  # no household, no chance, a reason
        return column.default
    if pa.types.is_string(column.type):
        return column.categories[0] if column.categories and "No" not in column.categories else "No"
    return 0 if pa.types.is_integer(column.type) else 0.0


def write_table(lake: Path, name: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write one table, in two parts; what a row leaves out is a plain value, or the event's moment."""
    schema = TABLES[name].schema
    full = []
    for row in rows:
        values = {one.name: _filler(one) for one in TABLES[name].columns if one.name not in row}
        full.append({**values, "created_timestamp": row["event_timestamp"], **row})
    write_parts(lake / f"{name}.parquet", pa.Table.from_pylist(full, schema=schema))


def write_parts(place: Path, table: pa.Table) -> None:
    """Write a table as a lake has it, in the place of what is there."""
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    half = (table.num_rows + 1) // 2
    for number, part in enumerate((table.slice(0, half), table.slice(half)), start=1):
        pq.write_table(part, place / f"{number:04d}.parquet", write_page_checksum=True)


def make_earlier(lake: Path, parts: int = 1) -> None:
    """Take the optional columns out of the first parts of every table, which an earlier version wrote."""
    for name, table in TABLES.items():
        for path in sorted((lake / f"{name}.parquet").glob("*.parquet"))[:parts]:
            rows = pq.read_table(path)
            lacking = [column.name for column in table.optional if column.name in rows.column_names]
            pq.write_table(rows.drop_columns(lacking), path, write_page_checksum=True)


def as_files(lake: Path) -> None:
    """Make every table one file, as in the former formats."""
    for place in list(lake.glob("*.parquet")):
        table = pq.read_table(place)
        shutil.rmtree(place)
        pq.write_table(table, place, write_page_checksum=True)


def write_lake(
    lake: Path, rows: Rows, data_until: str = "2026-01-01", labels: str = "events", base: str = "by-hand"
) -> Path:
    lake.mkdir(parents=True, exist_ok=True)
    for name in TABLES:
        write_table(lake, name, rows.get(name, []))
    manifest = {
        "format": 1,
        "base": base,
        "kind": "snapshot" if labels == "given" else "history",
        "labels": labels,
        "data_until": f"{data_until}T00:00:00Z",
    }
    (lake / "manifest.json").write_text(json.dumps(manifest))
    return lake


@dataclass(frozen=True)
class AppliedRepo:
    lake: Path
    environment: dict[str, str]

    def store(self) -> Any:
        from feast import FeatureStore

        return FeatureStore(repo_path=str(ROOT / "feature_repo"))


def telecom_rows(customers: int = 240, seed: int = 3) -> dict[str, list[dict[str, Any]]]:
    """A telecom in which month-to-month customers of short tenure leave: observed 2025-07-01 and 2025-10-01.

    Those at risk leave on 2025-09-15 (window of July) or 2025-12-15 (window of October).
    """
    random = np.random.default_rng(seed)
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}
    for number in range(customers):
        customer = f"{number:04d}-TESTA"
        joined = utc("2024-01-01") + pd.Timedelta(days=int(random.integers(0, 365)))
        monthly = random.random() < 0.5
        tenure = int(random.integers(1, 60))
        charge = float(np.round(random.uniform(20, 110), 2))
        rows["demographics"].append(
            {"customerID": customer, "event_timestamp": joined, "gender": "Male" if number % 2 else "Female"}
        )
        rows["services"].append(
            {
                "customerID": customer,
                "event_timestamp": joined,
                "InternetService": "Fiber optic" if number % 3 else "No",
                "Contract": "Month-to-month" if monthly else "Two year",
            }
        )
        for month in ("2025-06-30", "2025-09-30"):
            rows["billing"].append(
                {
                    "customerID": customer,
                    "event_timestamp": utc(month),
                    "tenure": tenure,
                    "MonthlyCharges": charge,
                    "TotalCharges": charge * tenure,
                }
            )
            rows["tickets"].append(
                {
                    "customerID": customer,
                    "event_timestamp": utc(month),
                    "numTechTickets": int(random.poisson(2 if monthly else 1)),
                }
            )
        if random.random() < (0.6 if monthly and tenure < 30 else 0.1):
            left = utc("2025-09-15" if random.random() < 0.5 else "2025-12-15")
            rows["churn_events"].append({"customerID": customer, "event_timestamp": left})
    return rows

"""A lake of any number of active customers: those of a small lake, repeated under new ids."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

MONTHS = 12
MONTHLY = ("billing", "tickets")
EMPTY = ("churn_events", "labels", "offers")
ROW_GROUP = 122_880


def tile(source: Path, target: Path, customers: int, months: int = MONTHS) -> None:
    """Write a lake of customers who have a bill of each month, and have not left.

    Parameters
    ----------
    source : Path
        A simulated lake. The base stays the same, so that its model may score the copies.
    target : Path
        The new lake; one that is there is kept.
    customers : int
    months : int
        How many bills each has.
    """
    if (target / "manifest.json").exists():
        return
    target.mkdir(parents=True, exist_ok=True)
    tables = {
        name: pq.read_table(source / f"{name}.parquet") for name in (*MONTHLY, "services", "demographics")
    }
    chosen = _long_here(source, tables, months)
    random = np.random.default_rng(0)
    order = random.permutation(customers)
    ids = np.array([f"{n % 10_000:04d}-{n // 10_000:05X}" for n in order])
    for name, table in tables.items():
        frame = table.to_pandas()
        frame = frame[frame["customerID"].isin(chosen)].sort_values(["customerID", "event_timestamp"])
        parts = _repeated(frame, months if name in MONTHLY else None, chosen, ids, random)
        _write(target / f"{name}.parquet", parts, table.schema)
    for name in EMPTY:
        pq.write_table(pq.read_table(source / f"{name}.parquet").slice(0, 0), target / f"{name}.parquet")
    manifest = json.loads((source / "manifest.json").read_text())
    (target / "manifest.json").write_text(json.dumps({**manifest, "tables": {}}))


def _long_here(source: Path, tables: dict[str, pa.Table], months: int) -> np.ndarray:
    """Customers who have not left and have a row in each of the last months, sorted."""
    left = set(pq.read_table(source / "churn_events.parquet")["customerID"].to_pylist())
    here: list[set[str]] = []
    for name in MONTHLY:
        counts = tables[name].to_pandas().groupby("customerID").size()
        here.append(set(counts[counts >= months].index) - left)
    return np.array(sorted(set.intersection(*here)))


def _repeated(
    frame: pd.DataFrame, months: int | None, chosen: np.ndarray, ids: np.ndarray, random: np.random.Generator
) -> Iterator[pd.DataFrame]:
    """The customers' rows, oldest first, each part in an order of its own."""
    rank = frame.groupby("customerID").cumcount(ascending=not months)
    for number in range(months - 1, -1, -1) if months else range(int(rank.max()) + 1):
        part = frame[rank == number].set_index("customerID")
        places = part.index.get_indexer(chosen)[np.arange(len(ids)) % len(chosen)]
        who = random.permutation(np.flatnonzero(places >= 0))
        yield part.iloc[places[who]].reset_index(drop=True).assign(customerID=ids[who])


def _write(path: Path, parts: Iterator[pd.DataFrame], schema: pa.Schema) -> None:
    with pq.ParquetWriter(path, schema, compression="zstd", write_page_checksum=True) as writer:
        for part in parts:
            table = pa.Table.from_pandas(part[schema.names], schema, preserve_index=False)
            writer.write_table(table, row_group_size=ROW_GROUP)

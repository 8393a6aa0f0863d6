"""Our online store beside Feast's own SQLite store: filling it, reading it, and what the reading is made of.

python benchmarks/online_store.py              # 100,000 customers, two to three minutes
python benchmarks/online_store.py 20000        # any number of customers

Each store is filled by Feast's own `materialize` in a process of its own. The floor of a read is one prepared
SELECT of all columns on our tables, and nothing done with the rows. Times are CPU time, so that a busy
machine counts less; of a read they are the best of several rounds.
"""

from __future__ import annotations

import json
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import yaml

CUSTOMERS = 100_000
END = datetime(2026, 1, 1, tzinfo=UTC)
START = END - timedelta(days=7300)
REPO = Path(__file__).parents[1] / "feature_repo"
TIMESTAMP = pa.timestamp("us", tz="UTC")
ARROW_TYPE = {"String": pa.string(), "Int64": pa.int64(), "Float64": pa.float64()}
ROUNDS = 7


def write_lake(lake: Path, customers: int) -> None:
    """Three monthly rows a customer in billing and tickets, one in the other views."""
    from feature_repo.views import VIEWS

    random = np.random.default_rng(0)
    for view in VIEWS:
        months = 3 if view.name in ("billing", "tickets") else 1
        rows = customers * months
        moments = [END - timedelta(days=1 + 30 * month) for month in range(months)] * customers
        clock = pa.array(moments, TIMESTAMP)
        columns = {
            "customerID": pa.array(np.repeat(names(customers), months)),
            "event_timestamp": clock,
            "created_timestamp": clock,
        }
        for field in view.features:
            dtype = ARROW_TYPE[str(field.dtype)]
            numbers = pa.array(random.integers(0, 100, rows))
            words = pa.array(random.choice(["Yes", "No"], rows))
            columns[field.name] = words if dtype == pa.string() else numbers.cast(dtype)
        pq.write_table(pa.table(columns), lake / f"{view.name}.parquet")


def names(customers: int) -> list[str]:
    """Ids of as many characters as the Telco file's."""
    return [f"{number:06d}-ABC" for number in range(customers)]


def repository(folder: Path, store: str) -> Path:
    """Copy of `feature_store.yaml` as it is, or on Feast's own store and engine."""
    settings = yaml.safe_load((REPO / "feature_store.yaml").read_text())
    if store == "feast":
        settings["online_store"] = {"type": "sqlite", "path": str(folder / "online.db")}
        settings["batch_engine"] = {"type": "local"}
    path = folder / "feature_store.yaml"
    path.write_text(yaml.safe_dump(settings))
    return folder


def measure(store: str, customers: int) -> dict[str, float]:
    """Fill and read one store in this process."""
    from feast import FeatureStore

    from feature_repo import definitions

    folder = Path(os.environ["STAYLINE_ONLINE_STORE"]).parent
    feast = FeatureStore(repo_path=str(repository(folder, store)))
    feast.apply([getattr(definitions, name) for name in definitions.__all__])
    before, cpu = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    feast.materialize(START, END)
    found = {
        "materialize, CPU s": time.process_time() - cpu,
        "materialize, peak MB more": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024,
        "file, MB": sum(file.stat().st_size for file in folder.glob("online.db*")) / 1e6,
    }
    service = feast.get_feature_service("churn_v1")
    sdk = lambda ids: feast.get_online_features(service, {"customerID": ids})  # noqa: E731  # a read, as below
    found |= read_times("Feast SDK", sdk, customers)
    if store == "ours":
        found |= read_times("our reader", our_reader(), customers)
        found |= read_times("floor", raw_select(folder / "online.db"), customers)
    return found


def our_reader() -> Callable[[list[str]], Any]:
    """Return the scorer's reader: values, statuses and moments, in the model's order."""
    from serving.features.online_features import OnlineStore
    from serving.model.signature import signature_of

    return OnlineStore().features(signature_of(), now=lambda: END).read


def raw_select(database: Path) -> Callable[[list[str]], Any]:
    """One SELECT of all features and moments of all views, and nothing done with the rows."""
    from feature_repo.views import VIEWS

    connection = sqlite3.connect(database, isolation_level=None)
    first, *others = [f"stayline_{view.name}" for view in VIEWS]
    joins = " ".join(f"LEFT JOIN {table} USING (customerID)" for table in others)
    moments = ", ".join(f"{table}.event_ts" for table in (first, *others))
    features = ", ".join(f'"{field.name}"' for view in VIEWS for field in view.features)
    select = f"SELECT {features}, {moments} FROM {first} {joins} WHERE {first}.customerID IN"

    def read(ids: list[str]) -> list[Any]:
        return connection.execute(f"{select} ({', '.join('?' * len(ids))})", ids).fetchall()

    return read


def read_times(what: str, read: Callable[[list[str]], Any], customers: int) -> dict[str, float]:
    """CPU microseconds of a read of 1 and of 100 customers, each read asking for others."""
    random, everyone = np.random.default_rng(1), names(customers)
    times = {}
    for size, reads in ((1, 300), (100, 20)):
        asked = [[everyone[n] for n in random.integers(0, customers, size)] for _ in range(reads)]
        times[f"{what}, read of {size}, us"] = min(_round(read, asked) for _ in range(ROUNDS))
    return times


def _round(read: Callable[[list[str]], Any], asked: list[list[str]]) -> float:
    begin = time.process_time()
    for ids in asked:
        read(ids)
    return (time.process_time() - begin) / len(asked) * 1e6


def main(customers: int) -> None:
    """Measure both stores and print them side by side."""
    with tempfile.TemporaryDirectory(dir=Path(__file__).parent, prefix=".online-store-") as place:
        write_lake(Path(place), customers)
        found = {store: in_process(store, Path(place), customers) for store in ("feast", "ours")}
    print(f"{customers:,} customers, 28 features in 4 views\n")
    print(f"{'':32}{'Feast':>12}{'ours':>12}{'Feast/ours':>12}")
    for what, theirs in found["feast"].items():
        ours = found["ours"][what]
        print(f"{what:32}{theirs:12,.1f}{ours:12,.1f}{theirs / ours:12.1f}")
    for size in (1, 100):
        theirs, ours, floor = (
            found[store][f"{what}, read of {size}, us"]
            for store, what in (("feast", "Feast SDK"), ("ours", "our reader"), ("ours", "floor"))
        )
        print(f"\nread of {size}: Feast's SDK on its own store {theirs:,.0f} us, our reader {ours:,.0f} us")
        times = f"{ours / floor:.1f} times the floor of {floor:,.0f} us"
        print(f"  ours takes {times}, Feast's {theirs / ours:.1f} times ours")


def in_process(store: str, lake: Path, customers: int) -> dict[str, float]:
    """Measure one store in a process of its own."""
    folder = lake / store
    folder.mkdir()
    environment = {
        **os.environ,
        "STAYLINE_LAKE": str(lake),
        "STAYLINE_REGISTRY": str(folder / "registry.db"),
        "STAYLINE_ONLINE_STORE": str(folder / "online.db"),
    }
    command = [sys.executable, "-P", __file__, "--one", store, str(customers)]
    child = subprocess.run(command, capture_output=True, text=True, env=environment)
    if child.returncode:
        sys.exit(child.stderr)
    measured: dict[str, float] = json.loads(child.stdout.splitlines()[-1])
    return measured


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        warnings.simplefilter("ignore")
        print(json.dumps(measure(sys.argv[2], int(sys.argv[3]))))
    else:
        main(int(sys.argv[1]) if sys.argv[1:] else CUSTOMERS)

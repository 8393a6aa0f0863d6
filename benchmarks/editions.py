"""The next edition of a history beside its first load: what one month costs after two years.

python benchmarks/editions.py                     # 100,000 customers
python benchmarks/editions.py 1000000 --place DIR # keeps the tables that it loads

Each customer has a monthly row in two tables, and few in the others. Everything but the last month is loaded
first; then the last month is appended, several times, each time to the same first edition. Each load is a
process of its own. Seconds and memory are of the whole process, with its imports; memory is its peak.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pyarrow.compute as pc
import pyarrow.parquet as pq
from nightly_sides.tiling import tile
from serving_sides.place import BIN, ROOT, environment

SMALL = 2_000
"""Customers of the simulated base that the large one repeats."""
MONTHS = 25
CUT, END = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
TABLES = ("demographics", "services", "billing", "tickets", "churn_events")


class Load(NamedTuple):
    """What a process took."""

    seconds: float
    cpu: float
    megabytes: float


def main(customers: int, place: Path, rounds: int) -> None:
    """Make the tables, measure the loads, and print them."""
    first, month = _tables(customers, place)
    with tempfile.TemporaryDirectory(dir=place) as folder:
        lake, kept = Path(folder) / "lake", Path(folder) / "kept"
        loads = [("first load", _load(Path(folder), first, CUT))]
        lake.rename(kept)
        for _ in range(rounds):
            shutil.copytree(kept, lake, copy_function=os.link)
            loads.append(("append", _load(Path(folder), month, END, "--append")))
            shutil.rmtree(lake)
    print(f"{customers:,} customers\n\n{'':14}{'seconds':>9}{'CPU s':>9}{'of first':>10}{'peak MB':>9}")
    for name, took in loads:
        share = took.cpu / loads[0][1].cpu
        print(f"{name:14}{took.seconds:9.1f}{took.cpu:9.1f}{share:10.3f}{took.megabytes:9,.0f}")


def _tables(customers: int, place: Path) -> tuple[Path, Path]:
    """Two folders: what was learned up to the cut, and what was learned later."""
    first, month = place / f"first-{customers}", place / f"month-{customers}"
    if not month.exists():
        _run(environment(place), "simulate", "--customers", str(SMALL), "--end", f"{END:%Y-%m-%d}")
        whole = place / f"whole-{customers}"
        tile(place / "lake", whole, customers, MONTHS)
        for name in TABLES:
            _split(whole / f"{name}.parquet", first, month.with_suffix(".new"))
        shutil.rmtree(whole)
        month.with_suffix(".new").rename(month)
    return first, month


def _split(path: Path, first: Path, month: Path) -> None:
    with pq.ParquetFile(path) as file:
        writers = []
        for folder in (first, month):
            folder.mkdir(exist_ok=True)
            writers.append(pq.ParquetWriter(folder / path.name, file.schema_arrow, compression="zstd"))
        for batch in file.iter_batches(1_000_000):
            early = pc.less_equal(batch["created_timestamp"], CUT)
            writers[0].write_batch(batch.filter(early))
            writers[1].write_batch(batch.filter(pc.invert(early)))
        for writer in writers:
            writer.close()


def _load(folder: Path, tables: Path, as_of: datetime, *how: str) -> Load:
    return _run(environment(folder), "load", str(tables), "--as-of", f"{as_of:%Y-%m-%d}", *how)


def _run(variables: dict[str, str], *command: str) -> Load:
    where = variables.get("PYTHONPATH") or str(ROOT)
    began = time.perf_counter()
    process = subprocess.Popen(
        [str(BIN / "python"), "-m", "data", *command], cwd=where, env=variables, stdout=subprocess.DEVNULL
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"python -m data {' '.join(command)} failed")
    return Load(time.perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("customers", type=int, nargs="?", default=100_000)
    parser.add_argument("--place", type=Path)
    parser.add_argument("--rounds", type=int, default=3, help="appends that are measured")
    asked = parser.parse_args()
    if asked.place:
        asked.place.mkdir(parents=True, exist_ok=True)
        main(asked.customers, asked.place.absolute(), asked.rounds)
    else:
        with tempfile.TemporaryDirectory(dir=Path(__file__).parent, prefix=".editions-") as temporary:
            main(asked.customers, Path(temporary), asked.rounds)

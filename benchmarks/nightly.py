"""The nightly path near its limit: the point-in-time set, batch scoring and materialize. Needs redis-server.

python benchmarks/nightly.py                     # 100,000 customers
python benchmarks/nightly.py 1000000 --place DIR # keeps the small base, the model and the lake

Each customer has twelve monthly rows in two views, and few in the others; 28 features. Each side is a process
of its own, and all run once after another. CPU seconds are of the work, without imports, of all threads;
memory is the peak of the process during it. The limit is DuckDB, numpy and SQLite without an interface
between them; it decides by the event clock alone between rows of one customer. "Feast" is Feast's own DuckDB
store, and for batch scoring a data frame of it and the same scorer.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from nightly_sides.tiling import tile
from serving_sides.place import BIN, ROOT, make_place

SMALL = 2_000
"""Customers of the simulated base that the model is trained on and the large lake repeats."""
SIDE = Path(__file__).parent / "nightly_sides" / "side.py"
PATHS = {
    "point-in-time set": ("limit", "Feast", "Stayline"),
    "batch scoring": ("limit", "Feast", "Stayline"),
    "materialize, first": ("limit", "Stayline"),
    "materialize, nothing new": ("Stayline",),
    "materialize to Redis": ("limit", "Feast", "Stayline"),
}


def main(customers: int, place: Path) -> None:
    """Make the lake and the model, measure every side, and print the table."""
    variables = make_place(place / "small", SMALL)
    lake = place / f"lake-{customers}"
    tile(place / "small" / "lake", lake, customers)
    with tempfile.TemporaryDirectory(dir=place) as folder:
        own = {
            "STAYLINE_LAKE": str(lake),
            "STAYLINE_REGISTRY": str(Path(folder) / "registry.db"),
            "STAYLINE_ONLINE_STORE": str(Path(folder) / "online.db"),
        }
        environment = {**variables, **own, "PYTHONPATH": os.environ.get("PYTHONPATH", "")}
        _run([str(BIN / "python"), "-m", "feature_repo", "apply"], environment)
        print(f"{customers:,} customers\n\n{'':26}{'side':10}{'CPU s':>8}{'of limit':>10}{'peak MB':>9}")
        for path, sides in PATHS.items():
            _measure(path, sides, folder, environment)


def _measure(path: str, sides: tuple[str, ...], folder: str, environment: dict[str, str]) -> None:
    limit = None
    for side in sides:
        done = _run([sys.executable, "-P", str(SIDE), path, side, folder], environment)
        found = json.loads(done.splitlines()[-1])
        limit = found["cpu"] if side == "limit" else limit
        ratio = f"{found['cpu'] / limit:10.2f}" if limit else " " * 10
        print(f"{path:26}{side:10}{found['cpu']:8.2f}{ratio}{found['peak']:9,.0f}", flush=True)


def _run(command: list[str], environment: dict[str, str]) -> str:
    where = environment["PYTHONPATH"] or str(ROOT)
    done = subprocess.run(command, cwd=where, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("customers", type=int, nargs="?", default=100_000)
    parser.add_argument("--place", type=Path)
    asked = parser.parse_args()
    if asked.place:
        asked.place.mkdir(parents=True, exist_ok=True)
        main(asked.customers, asked.place.absolute())
    else:
        with tempfile.TemporaryDirectory(dir=Path(__file__).parent, prefix=".nightly-") as temporary:
            main(asked.customers, Path(temporary))

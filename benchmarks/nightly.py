"""The nightly path near its limit: the point-in-time set, batch scoring and materialize.

python benchmarks/nightly.py                     # 100,000 customers
python benchmarks/nightly.py 1000000 --place DIR # keeps the small base, the model and the lake
python benchmarks/nightly.py --write             # renews its section of RESULTS.md
python benchmarks/nightly.py 10000 --check       # exit status 1 if a ratio is above its bound in bounds.json

Each customer has twelve monthly rows in two views, and few in the others; 28 features. A set of one view
has twelve monthly rows of 25 features beside that, which never expire. Each side is a process of its own,
and all run once after another. CPU seconds are of the work, without imports, of all threads; memory is the
peak of the process during it. The limit is DuckDB, numpy and SQLite without an interface between them; it
decides by the event clock alone between rows of one customer. "Feast" is Feast's own DuckDB store, and for
batch scoring a data frame of it and the same scorer. A materialize with nothing new is told as a part of
the limit of a first one. Without redis-server that row is left out, and named.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from nightly_sides import one_view
from nightly_sides.results import broken, write_section
from nightly_sides.tiling import tile
from serving_sides.place import BIN, ROOT, make_place

SMALL = 2_000
"""Customers of the simulated base that the model is trained on and the large lake repeats."""
SIDE = Path(__file__).parent / "nightly_sides" / "side.py"
PATHS = {
    "point-in-time set": ("limit", "Feast", "Stayline"),
    "one view of 25 features": ("limit", "Feast", "Stayline"),
    "batch scoring": ("limit", "Feast", "Stayline"),
    "materialize, first": ("limit", "Stayline"),
    "materialize, nothing new": ("Stayline",),
    "materialize to Redis": ("limit", "Feast", "Stayline"),
}
FIRST, AGAIN, REDIS = "materialize, first", "materialize, nothing new", "materialize to Redis"
BOUNDS = Path(__file__).with_name("bounds.json")
HEAD = f"{'':26}{'side':10}{'CPU s':>8}{'of limit':>10}{'peak MB':>9}"


class Table:
    """The measured rows: their text, and of our own sides the ratio to the limit."""

    def __init__(self, customers: int) -> None:
        self.lines: list[str] = []
        self.ratios: dict[str, float] = {}
        self._limits: dict[str, float] = {}
        for line in (f"{customers:,} customers", "", HEAD):
            self.tell(line)

    def tell(self, line: str) -> None:
        """Print a line and keep it."""
        self.lines.append(line)
        print(line, flush=True)

    def add(self, path: str, side: str, cpu: float, peak: float) -> None:
        """Add what one side took: CPU seconds, and megabytes."""
        if side == "limit":
            self._limits[path] = cpu
        ratio = cpu / self._limits[FIRST if path == AGAIN else path]
        if side == "Stayline":
            self.ratios[path] = ratio
        self.tell(f"{path:26}{side:10}{cpu:8.2f}{ratio:10.2f}{peak:9,.0f}")


def main(customers: int, place: Path, left_out: str | None = None) -> Table:
    """Make the lake and the model, measure the sides but for one left out, and print the table."""
    variables = make_place(place / "small", SMALL)
    lake = place / f"lake-{customers}"
    tile(place / "small" / "lake", lake, customers)
    one_view.write_table(lake)
    table = Table(customers)
    with tempfile.TemporaryDirectory(dir=place) as folder:
        own = {
            "STAYLINE_LAKE": str(lake),
            "STAYLINE_REGISTRY": str(Path(folder) / "registry.db"),
            "STAYLINE_ONLINE_STORE": str(Path(folder) / "online.db"),
        }
        environment = {**variables, **own, "PYTHONPATH": os.environ.get("PYTHONPATH", "")}
        _run([str(BIN / "python"), "-m", "feature_repo", "apply"], environment)
        for path, sides in PATHS.items():
            if path == REDIS and not shutil.which("redis-server"):
                table.tell(f"{path:26}left out, as there is no redis-server")
                continue
            for side in (one for one in sides if one != left_out):
                done = _run([sys.executable, "-P", str(SIDE), path, side, folder], environment)
                found = json.loads(done.splitlines()[-1])
                table.add(path, side, found["cpu"], found["peak"])
    return table


def check(table: Table) -> list[str]:
    """Return the bounds that the table breaks; that of Redis counts only where it was measured."""
    bounds = json.loads(BOUNDS.read_text(encoding="utf-8"))
    return broken(
        table.ratios, {path: most for path, most in bounds.items() if path != REDIS or path in table.ratios}
    )


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
    parser.add_argument("--write", action="store_true", help="renew the section of RESULTS.md")
    parser.add_argument("--check", action="store_true", help="compare the ratios with bounds.json")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=Path(__file__).parent, prefix=".nightly-") as temporary:
        if asked.place:
            asked.place.mkdir(parents=True, exist_ok=True)
        place = asked.place.absolute() if asked.place else Path(temporary)
        measured = main(asked.customers, place, left_out="Feast" if asked.check else None)
    if asked.write:
        write_section("nightly.py", "\n".join(measured.lines))
    if asked.check and (wrong := check(measured)):
        sys.exit("\n".join(wrong))

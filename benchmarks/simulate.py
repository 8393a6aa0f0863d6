"""Time, speed and peak memory of `simulate`, each size in a process of its own.

python benchmarks/simulate.py                      # 20,000 and 100,000 customers, 24 months
python benchmarks/simulate.py 1000000x24           # any sizes
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

SIZES = ("20000x24", "100000x24")
END = date(2026, 11, 1)
HEADER = ("customers", "months", "rows", "seconds", "rows/s", "lake MB", "peak MB")


def measure(customers: int, months: int) -> dict[str, float]:
    """Simulate in this process and return rows, seconds, and sizes in MB."""
    from data.simulation.history import simulate
    from data.simulation.settings import Settings

    # On disk beside the project: a temporary folder in memory would count as memory.
    with tempfile.TemporaryDirectory(dir=Path(__file__).parent, prefix=".simulate-") as place:
        begin = time.perf_counter()
        manifest = simulate(Settings(customers, months, 7, END), Path(place, "lake"), Path(place, "truth"))
        seconds = time.perf_counter() - begin
        lake = sum(path.stat().st_size for path in Path(place, "lake").iterdir())
    rows = sum(table.rows for table in manifest.tables.values())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {"rows": rows, "seconds": seconds, "lake": lake / 1e6, "peak": peak / 1e6}


def main(sizes: list[str]) -> None:
    """Measure every size and print a table."""
    print("".join(f"{name:>12}" for name in HEADER))
    for size in sizes:
        customers, months = (int(part) for part in size.split("x"))
        child = subprocess.run(
            [sys.executable, __file__, "--one", size], capture_output=True, text=True, check=True
        )
        found = json.loads(child.stdout)
        speed = found["rows"] / found["seconds"]
        print(
            f"{customers:>12,}{months:>12}{found['rows']:>12,}{found['seconds']:>12.1f}"
            f"{speed:>12,.0f}{found['lake']:>12.0f}{found['peak']:>12.0f}"
        )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(measure(*(int(part) for part in sys.argv[2].split("x")))))
    else:
        main(sys.argv[1:] or list(SIZES))

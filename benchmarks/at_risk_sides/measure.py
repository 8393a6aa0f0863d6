"""Time and memory of one side of the list of those most at risk.

python measure.py service|held|file SCORES.parquet: prints a JSON object of ``figures`` by name, and of what
was ``listed``: the customers of each page and how many meet its filters.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

PAGES: dict[str, dict[str, Any]] = {
    "first page": {},
    "filtered page": {"contract": "Month-to-month", "min_charge": 70.0, "max_charge": 90.0},
    "page by charges": {"sort": "monthly_charges"},
    "page by segment": {"sort": "segment", "descending": False},
}
LIMIT = 50


def open_side(name: str, path: Path) -> Any:
    """A side; each imports only what it needs."""
    if name == "service":
        from service import Service

        return Service(path)
    from dataframe import Dataframe

    return Dataframe(path, keeps=name == "held")


def measure(side: Any) -> dict[str, Any]:
    """Ask a side for everything."""
    gc.collect()
    before = memory("VmRSS")
    figures, listed = {}, {}
    figures["reading, s"], kept = timed(side.read)
    for name, asked in PAGES.items():
        figures[f"{name}, s"], told = timed(lambda page={**asked, "limit": LIMIT}: side.page(page))
        answer = json.loads(told)
        listed[name] = [answer["total"], *(row["customerID"] for row in answer["rows"])]
    figures["CSV, s"], size = timed(side.csv)
    figures |= {"CSV, MB": size / 1e6, "table, MB": kept / 1e6, "peak, MB": memory("VmHWM") - before}
    return {"figures": figures, "listed": listed}


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds on the clock, and what came of it."""
    started = time.perf_counter()
    result = work()
    return time.perf_counter() - started, result


def memory(field: str) -> float:
    """A figure of this process's memory as Linux tells it, in MB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith(field))


if __name__ == "__main__":
    print(json.dumps(measure(open_side(sys.argv[1], Path(sys.argv[2])))))

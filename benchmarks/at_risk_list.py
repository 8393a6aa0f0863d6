"""The list of those most at risk with a million customers, beside pandas: time and memory of what people ask.

python benchmarks/at_risk_list.py              # a million customers, about three minutes
python benchmarks/at_risk_list.py 100000       # or as many as told

It writes invented scores as batch scoring writes them, in no order. Three sides take turns, each in a process
of its own, so that a busy machine is busy for all: the service's application without a server in between;
pandas with the table in memory; and pandas that reads the Parquet file for each answer. All of them filter
and sort the whole list for each answer, and must list the same customers.

Seconds are those on the clock, medians over the turns. The table's size is its own as it lies in memory, and
the peak is the most that a process ever had beyond its imports.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

SIDES = Path(__file__).parent / "at_risk_sides"
NAMES = ("service", "held", "file")
TURNS = 3


def main(customers: int) -> None:
    """Write the scores, measure the sides in turns, print."""
    with tempfile.TemporaryDirectory(dir=Path(__file__).parent, prefix=".at-risk-") as folder:
        path = Path(folder, "scores.parquet")
        run("invented.py", path, customers)
        print(f"{customers:,} customers, {path.stat().st_size / 1e6:.0f} MB of Parquet", flush=True)
        turns: dict[str, list[dict[str, float]]] = {name: [] for name in NAMES}
        for _ in range(TURNS):
            told = {name: json.loads(run("measure.py", name, path)) for name in NAMES}
            if any(told[name]["listed"] != told["service"]["listed"] for name in NAMES):
                raise SystemExit("the sides list different customers")
            for name in NAMES:
                turns[name].append(told[name]["figures"])
    print_table({name: medians(figures) for name, figures in turns.items()})


def run(script: str, *arguments: Any) -> str:
    """What a script of the sides prints."""
    command = [sys.executable, str(SIDES / script), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr}")
    return done.stdout


def medians(turns: list[dict[str, float]]) -> dict[str, float]:
    """Each figure's median."""
    return {what: statistics.median(turn[what] for turn in turns) for what in turns[0]}


def print_table(told: dict[str, dict[str, float]]) -> None:
    """Print what each side took, and how many times the service's own that is."""
    print(f"{'':<22}{'service':>9}{'pandas, in memory':>22}{'pandas, from the file':>24}")
    for what, ours in told["service"].items():
        others = "".join(f"{told[name][what]:>14.2f} ({told[name][what] / ours:.1f}x)" for name in NAMES[1:])
        print(f"{what:<22}{ours:>9.2f}{others}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 1_000_000)

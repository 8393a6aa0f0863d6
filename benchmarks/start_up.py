"""How long commands and the service take to start, beside the bare imports of Feast and BentoML.

python benchmarks/start_up.py                     # three rounds; about five minutes, one of them preparation
python benchmarks/start_up.py --rounds 5
python benchmarks/start_up.py --place FOLDER      # prepares in a folder that is kept, and used again

It makes a small base, trains on it and fills an online store. Every start is a process of its own, and all of
them take turns. The first round does not count: Python writes byte code in it. "All checks" means Feast as it
comes; without these words it is imported as the commands do it, by `feature_repo/feast_import.py`. Processor
time is that of a command's whole process tree.
"""

from __future__ import annotations

import argparse
import resource
import sqlite3
import statistics
import subprocess
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from serving_sides.place import BIN, ROOT, make_place
from serving_sides.server import Server

SIDES = Path(__file__).parent / "serving_sides"
CUSTOMERS = 500
SWITCH = "from feature_repo.feast_import import check_constructors_only; check_constructors_only(); "
OFFLINE_STORE = "feature_repo.offline_store.store"  # feature_store.yaml names it
IMPORTS = {
    "import feast": "import feast",
    "imports of training run": f"import training.commands.cli, feast, training.pipeline, {OFFLINE_STORE}",
    "imports of serving materialize": (
        f"import serving.commands.cli, serving.features.materialize, feast, {OFFLINE_STORE}"
    ),
}
DOORS = (
    *("feature_repo apply", "data --help", "training --help", "serving --help"),
    *("data show", "serving models list"),
)
SERVERS = {"bentoml serve of a no-op": ("noop:Noop", SIDES), "bentoml serve": (".", ROOT)}
ALL_CHECKS = "import feast, all checks"
BESIDE = {
    **{name: f"{name}, all checks" for name in IMPORTS},
    **{f"{name}, all checks": ALL_CHECKS for name in IMPORTS if name != "import feast"},
    **{f"python -m {door}": "import bentoml" for door in DOORS},
    "feast -c feature_repo apply": ALL_CHECKS,
    "python -m feature_repo apply": "feast -c feature_repo apply",
    "bentoml serve": "bentoml serve of a no-op",
}
"""What a start is compared with."""


class Cost(NamedTuple):
    """Seconds of one start: of the processor, and of the clock."""

    cpu: float
    wall: float


def main(folder: Path, rounds: int) -> None:
    """Prepare, measure, print."""
    print("simulating, training, filling the store ...", flush=True)
    variables = make_place(folder, CUSTOMERS)
    variables.pop("PYTHONDONTWRITEBYTECODE", None)
    costs: dict[str, list[Cost]] = {}
    for number in range(rounds + 1):
        print(f"round {number} of {rounds} ..." if number else "a round that does not count ...", flush=True)
        found = {name: run(command, variables) for name, command in commands().items()}
        found |= {name: serve(*of, folder, variables) for name, of in SERVERS.items()}
        for name, cost in found.items():
            costs.setdefault(name, []).append(cost)
    print_table({name: each[1:] for name, each in costs.items()})


def commands() -> dict[str, list[str]]:
    """Every command, by its name in the table."""
    python = str(BIN / "python")
    found = {"import bentoml": [python, "-c", "import bentoml.models"]}
    for name, program in IMPORTS.items():
        found |= {f"{name}, all checks": [python, "-c", program], name: [python, "-c", SWITCH + program]}
    found["feast -c feature_repo apply"] = [str(BIN / "feast"), "-c", "feature_repo", "apply"]
    return found | {f"python -m {door}": [python, "-m", *door.split()] for door in DOORS}


def run(command: list[str], variables: dict[str, str]) -> Cost:
    """Run a command to its end. Raises SystemExit with its output if it fails."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True)
    wall = time.monotonic() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return Cost(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall)


def serve(service: str, cwd: Path, folder: Path, variables: dict[str, str]) -> Cost:
    """Start a server of one worker, until it has answered `/score`."""
    command = [str(BIN / "bentoml"), "serve", service, "--host", "127.0.0.1", "--port", "{port}"]
    body = f'{{"customerID": "{a_customer(variables)}"}}'
    began = time.monotonic()
    with Server("bentoml", command, cwd, folder / "serve.log", variables, "/score", [body]) as server:
        return Cost(server.cpu_seconds(), time.monotonic() - began)


def a_customer(variables: dict[str, str]) -> str:
    """The first customer of the online store."""
    with sqlite3.connect(variables["STAYLINE_ONLINE_STORE"]) as connection:
        return str(connection.execute('SELECT min("customerID") FROM stayline_billing').fetchone()[0])


def print_table(costs: dict[str, list[Cost]]) -> None:
    """Print the median of every start, and its ratio to what it is compared with."""
    cpu = {name: statistics.median(cost.cpu for cost in each) for name, each in costs.items()}
    width = max(map(len, cpu))
    print(f"\n{'':{width}} {'CPU s':>6} {'wall s':>7}   CPU beside")
    for name, each in costs.items():
        wall = statistics.median(cost.wall for cost in each)
        other = BESIDE.get(name)
        ratio = f"{cpu[name] / cpu[other]:5.2f} of {other}" if other else ""
        print(f"{name:{width}} {cpu[name]:6.2f} {wall:7.2f}   {ratio}".rstrip())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Measure how long everything takes to start.")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--place", type=Path, help="a folder to prepare in and keep")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="stayline-start-up-") as temporary:
        main(asked.place or Path(temporary), asked.rounds)

"""The service beside a BentoML no-op and a stack put together as the libraries come, all in one run.

python benchmarks/serving.py                     # about five minutes, two of them preparation
python benchmarks/serving.py --quick             # shorter rounds
python benchmarks/serving.py --place FOLDER      # prepares in a folder that is kept, and used again
python benchmarks/serving.py --mlflow PYTHON     # another interpreter, that has mlflow

It makes a simulated base, trains on it and fills an online store; starts each server with one worker, pinned
to the first processor, and asks from the second; and takes the sides in turn, several rounds long, so that a
busy machine is busy for all. Processor time is that of a server's whole process tree. `mlflow models serve`
joins when mlflow is installed, here or, so that each has the versions it asks for, in an environment of its
own:

uv venv mlflow-venv
uv pip install --python mlflow-venv/bin/python mlflow xgboost
python benchmarks/serving.py --mlflow mlflow-venv/bin/python
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from serving_sides.place import BIN, ROOT, make_place
from serving_sides.server import Server, ask
from serving_sides.tables import Figures, print_table

SIDES = Path(__file__).parent / "serving_sides"
CUSTOMERS, MANY, CLIENTS = 5_000, 100, 32
ADDRESS = ["--host", "127.0.0.1", "--port", "{port}"]


def main(folder: Path, rounds: int, seconds: float, mlflow: Path | None) -> None:
    """Prepare, measure, print."""
    print("simulating, training, filling the store ...", flush=True)
    variables = make_place(folder, CUSTOMERS)
    customers = pick_customers(folder, variables)
    variables["STAYLINE_BENCHMARK_CUSTOMERS"] = str(folder / "customers.json")
    started = sides(folder, variables, customers, mlflow)
    with ExitStack() as stack:
        for server in started:
            stack.push(server)  # all of them end, those too that nobody has waited for yet
        servers = [server.__enter__() for server in started]
        figures: Figures = {server.name: [] for server in servers}
        hundred, raw = [], []
        for number in range(rounds):
            print(f"round {number + 1} of {rounds} ...", flush=True)
            for server in servers:
                one, many = (ask(server, clients, seconds) for clients in (1, CLIENTS))
                figures[server.name].append({"one": one, "many": many})
            hundred.append(score_many(servers[0], customers, seconds))
            raw.append(in_process(folder, variables))
        middle = {part: statistics.median(one[part] for one in raw) for part in raw[0]}
        print_table(figures, statistics.median(hundred), middle)


def sides(folder: Path, variables: dict[str, str], customers: list[str], mlflow: Path | None) -> list[Server]:
    """The project's service, the no-op, the stock stack, and mlflow where there is one."""
    bodies = [json.dumps({"customerID": customer}) for customer in customers]

    def bento(name: str, cwd: Path, *what: str) -> Server:
        command = [str(BIN / "bentoml"), "serve", *what, *ADDRESS]
        return Server(name, command, cwd, folder / f"{name}.log", variables, "/score", bodies)

    others = [mlflow_side(folder, variables, mlflow)] if mlflow else []
    return [
        bento("stayline", ROOT),
        bento("no-op", SIDES, "noop:Noop"),
        bento("stock", SIDES, "stock:Stock"),
        *others,
    ]


def mlflow_side(folder: Path, variables: dict[str, str], python: Path) -> Server:
    """`mlflow models serve` of the stock pipeline, which the same interpreter has fitted."""
    features, model = folder / "features.parquet", folder / "mlflow"
    shutil.rmtree(model, ignore_errors=True)
    run(variables, sys.executable, str(SIDES / "stock.py"), str(features))
    told = run(variables, str(python), str(SIDES / "mlflow_model.py"), str(features), str(model))
    command = [str(python), "-m", "mlflow", "models", "serve", "-m", str(model), "-w", "1"]
    command += ["--env-manager", "local", *ADDRESS]
    path = f"{python.parent}:{variables['PATH']}"  # mlflow calls its server by its bare name
    log, known = folder / "mlflow.log", variables | {"PATH": path}
    return Server("mlflow", command, folder, log, known, "/invocations", json.loads(told))


def python_with_mlflow(named: Path | None) -> Path | None:
    """The interpreter that was named, or else this one where it has mlflow; prints the version.

    Raises
    ------
    SystemExit
        If the one that was named cannot import mlflow.
    """
    python = named.absolute() if named else Path(sys.executable)  # not resolved: that leaves the environment
    asked = [str(python), "-P", "-c", "import mlflow.sklearn, xgboost; print(mlflow.__version__)"]
    tried = subprocess.run(asked, capture_output=True, text=True)
    if tried.returncode == 0:
        print(f"with mlflow {tried.stdout.strip()}", flush=True)
        return python
    reason = f"{python} cannot import mlflow and xgboost: {tried.stderr.splitlines()[-1]}"
    if named:
        raise SystemExit(reason)
    print(f"without mlflow: {reason}", flush=True)
    return None


def pick_customers(folder: Path, variables: dict[str, str]) -> list[str]:
    """Ids of the customers that the store holds, shuffled; also left in ``customers.json``."""
    with sqlite3.connect(variables["STAYLINE_ONLINE_STORE"]) as connection:
        rows = connection.execute('SELECT "customerID" FROM stayline_billing ORDER BY 1').fetchall()
    customers = [str(row[0]) for row in rows]
    random.Random(0).shuffle(customers)
    (folder / "customers.json").write_text(json.dumps(customers))
    return customers


def score_many(server: Server, customers: list[str], seconds: float) -> float:
    """Milliseconds of processor time of one `/score_many` of 100 customers, one client at a time."""
    groups = [customers[start : start + MANY] for start in range(0, len(customers) - MANY, MANY)]
    bodies = [json.dumps({"customerIDs": group}) for group in groups]
    return ask(server, 1, seconds, "/score_many", bodies).cpu


def in_process(folder: Path, variables: dict[str, str]) -> dict[str, float]:
    """Raw read and raw predict of 100 customers; see ``serving_sides/in_process.py``."""
    told: dict[str, float] = json.loads(
        run(variables, sys.executable, str(SIDES / "in_process.py"), str(folder / "customers.json"))
    )
    return told


def run(variables: dict[str, str], python: str, *arguments: str) -> str:
    """What a script prints. A process of its own, as this one has this script's name before the package's."""
    command = ["taskset", "-c", "0", python, "-P", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Measure the service beside others.")
    parser.add_argument("--quick", action="store_true", help="two rounds of 2 s instead of five of 5 s")
    parser.add_argument("--place", type=Path, help="a folder to prepare in and keep")
    parser.add_argument("--mlflow", type=Path, metavar="PYTHON", help="an interpreter that has mlflow")
    asked = parser.parse_args()
    rounds, seconds = (2, 2.0) if asked.quick else (5, 5.0)
    with tempfile.TemporaryDirectory(prefix="stayline-serving-") as temporary:
        main(asked.place or Path(temporary), rounds, seconds, python_with_mlflow(asked.mlflow))

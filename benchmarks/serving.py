"""The service beside a BentoML no-op and a stack put together as the libraries come, all in one run.

python benchmarks/serving.py            # about five minutes, most of them preparation
python benchmarks/serving.py --quick    # shorter rounds

It makes a simulated base, trains on it and fills an online store, all in a temporary folder; starts each
server with one worker, pinned to the first processor, and asks from the second; and takes the sides in turn, several
rounds long, so that a busy machine is busy for all. Processor time is that of a server's whole process tree.
`mlflow models serve` joins when mlflow is installed.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from serving_sides.place import BIN, ROOT, make_place
from serving_sides.server import Server, ask
from serving_sides.tables import Figures, print_table

SIDES = Path(__file__).parent / "serving_sides"
CUSTOMERS, MANY, CLIENTS = 2_000, 100, 32


def main(rounds: int, seconds: float) -> None:
    """Prepare, measure, print."""
    with tempfile.TemporaryDirectory(prefix="stayline-serving-") as name, ExitStack() as stack:
        folder = Path(name)
        print("simulating, training, filling the store ...", flush=True)
        variables = make_place(folder, CUSTOMERS)
        customers = pick_customers(folder, variables)
        variables["STAYLINE_BENCHMARK_CUSTOMERS"] = str(folder / "customers.json")
        servers = [stack.enter_context(server) for server in sides(folder, variables, customers)]
        bodies = [json.dumps({"customerID": customer}) for customer in customers]
        figures: Figures = {server.name: [] for server in servers}
        for number in range(rounds):
            print(f"round {number + 1} of {rounds} ...", flush=True)
            for server in servers:
                one = ask(server, "/score", bodies, 1, seconds)
                many = ask(server, "/score", bodies, CLIENTS, seconds)
                figures[server.name].append({"one": one, "many": many})
        hundred = [score_many(servers[0], customers, seconds) for _ in range(rounds)]
        print_table(figures, statistics.median(hundred), in_process(folder, variables))


def sides(folder: Path, variables: dict[str, str], customers: list[str]) -> list[Server]:
    """The project's service, the no-op, the stock stack, and mlflow where it is installed."""
    body = json.dumps({"customerID": customers[0]})
    bentoml = [str(BIN / "bentoml"), "serve"]

    def start(name: str, cwd: Path, *arguments: str) -> Server:
        command = [*bentoml, *arguments, "--host", "127.0.0.1", "--port", "{port}"]
        return Server(name, command, cwd, folder / f"{name}.log", variables, body)

    return [
        start("stayline", ROOT),
        start("no-op", SIDES, "noop:Noop"),
        start("stock", SIDES, "stock:Stock"),
    ]


def pick_customers(folder: Path, variables: dict[str, str]) -> list[str]:
    """Ids of customers that the store holds; also left in ``customers.json``."""
    import sqlite3

    with sqlite3.connect(variables["STAYLINE_ONLINE_STORE"]) as connection:
        rows = connection.execute('SELECT "customerID" FROM stayline_billing ORDER BY 1').fetchall()
    customers = [row[0] for row in rows]
    np.random.default_rng(0).shuffle(customers)
    (folder / "customers.json").write_text(json.dumps(customers))
    return customers


def score_many(server: Server, customers: list[str], seconds: float) -> float:
    """Milliseconds of processor time of one `/score_many` of 100 customers, one client."""
    groups = [customers[start : start + MANY] for start in range(0, len(customers) - MANY, MANY)]
    bodies = [json.dumps({"customerIDs": group}) for group in groups]
    return float(str(ask(server, "/score_many", bodies, 1, seconds)["cpu"]))


def in_process(folder: Path, variables: dict[str, str]) -> dict[str, float]:
    """Raw read and raw predict of 100 customers; see ``serving_sides/in_process.py``."""
    import subprocess

    command = ["taskset", "-c", "0", sys.executable, "-P", str(SIDES / "in_process.py")]
    done = subprocess.run(
        [*command, str(folder / "customers.json")],
        cwd=ROOT,
        env=variables,
        capture_output=True,
        text=True,
        check=True,
    )
    told: dict[str, float] = json.loads(done.stdout)
    return told


if __name__ == "__main__":
    quick = sys.argv[1:] == ["--quick"]
    main(rounds=2 if quick else 5, seconds=2.0 if quick else 5.0)

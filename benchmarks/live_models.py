"""What a swap of models and a challenger in shadow cost the requests of a running service.

python benchmarks/live_models.py               # 60 customers, a forest of 200 trees; about two minutes

One `bentoml serve` of one worker, two clients that keep asking /score. Each condition is measured in turns
with the service at rest, so that a busy machine touches both alike; what counts are the ratios.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

ROOT = Path(__file__).parents[1]
# In front, so that the package `serving` is found before the script serving.py beside this one.
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]
BASE = "benchmark"
SECONDS = 6.0
TURNS = 3
CLIENTS = 2


def main() -> None:
    """Measure and print."""
    os.environ["BENTOML_DO_NOT_TRACK"] = "True"
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder))


def measure(folder: Path) -> None:
    """Set everything up below a folder, and measure it."""
    from server import Server
    from sklearn.ensemble import ExtraTreesClassifier

    environment = place(folder)
    from small_models import register_whole_model

    from serving.registry import decisions

    tags = [
        register_whole_model(BASE, ExtraTreesClassifier(200, min_samples_leaf=3, random_state=seed))
        for seed in (0, 1)
    ]
    decisions.promote(tags[0], "benchmark", "first")
    with Server(ROOT, environment, folder / "serve.log") as server:
        server.wait_until_ready()
        ask(server.port, 2.0)  # warm
        for name, condition in (("swap every 2 s", swapping), ("shadow", shadowing)):
            rest, busy = [], []
            for _ in range(TURNS):
                rest.append(ask(server.port, SECONDS))
                with condition(tags):
                    busy.append(ask(server.port, SECONDS))
            show(name, rest, busy)
        log = (folder / "serve.log").read_text()
    told = f"{log.count('Serving model')} models put into service, {log.count('difference')} shadow lines"
    print(told, *[line for line in log.splitlines() if "left out" in line], sep="\n")


def place(folder: Path) -> dict[str, str]:
    """A lake, its online store and an empty model store; returns the environment of a server."""
    from small_lakes import telecom_rows, write_lake

    os.environ |= {
        "BENTOML_HOME": str(folder / "bentoml"),
        "STAYLINE_LAKE": str(folder / "lake"),
        "STAYLINE_REGISTRY": str(folder / "registry.db"),
        "STAYLINE_ONLINE_STORE": str(folder / "online.db"),
        "STAYLINE_SERVING_SETTINGS": str(folder / "settings.yaml"),
    }
    rows = telecom_rows(60)
    rows["churn_events"] = []
    lake = write_lake(folder / "lake", rows, data_until="2025-11-01", base=BASE)
    manifest = (lake / "manifest.json").read_text().replace('"kind": "by-hand"', '"kind": "simulated"')
    (lake / "manifest.json").write_text(manifest)
    settings = (ROOT / "serving" / "settings.yaml").read_text()
    settings = settings.replace("workers: 2", "workers: 1").replace(
        "as_of: null", "as_of: 2025-11-01T00:00:00Z"
    )
    (folder / "settings.yaml").write_text(settings)
    feast = str(Path(sys.executable).with_name("feast"))
    for command in ([feast, "-c", "feature_repo", "apply"], [sys.executable, "-m", "serving", "materialize"]):
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return dict(os.environ)


@contextmanager
def swapping(tags: list[str]) -> Iterator[None]:
    """Another champion every two seconds."""
    from serving.registry import decisions

    stopped = threading.Event()

    def swap() -> None:
        turn = 1
        while not stopped.wait(2.0):
            decisions.promote(tags[turn % 2], "benchmark", "swap", lambda tag: ())
            turn += 1

    thread = threading.Thread(target=swap)
    thread.start()
    yield
    stopped.set()
    thread.join()
    decisions.promote(tags[0], "benchmark", "back", lambda tag: ())
    time.sleep(2.5)


@contextmanager
def shadowing(tags: list[str]) -> Iterator[None]:
    """The second model in shadow."""
    from serving.registry import decisions

    decisions.challenge(tags[1], "benchmark", "watch", "shadow", check=lambda tag: ())
    time.sleep(2.5)
    yield
    decisions.withdraw("benchmark", "seen")
    time.sleep(2.5)


def ask(port: int, seconds: float) -> list[float]:
    """Milliseconds of each answer of all clients; an answer that is not 200 ends the measurement."""
    taken: list[float] = []
    failures: list[str] = []
    end = time.monotonic() + seconds

    def client(number: int) -> None:
        connection = HTTPConnection("127.0.0.1", port, timeout=10)
        body = f'{{"customerID": "{number:04d}-TESTA"}}'.encode()
        while time.monotonic() < end and not failures:
            started = time.perf_counter()
            connection.request("POST", "/score", body, {"content-type": "application/json"})
            response = connection.getresponse()
            text = response.read()
            taken.append(1000 * (time.perf_counter() - started))
            if response.status != 200:
                failures.append(text.decode())

    threads = [threading.Thread(target=client, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise SystemExit(f"an answer failed: {failures[0]}")
    return taken


def show(name: str, rest: list[list[float]], busy: list[list[float]]) -> None:
    """Print medians over the turns of both, and their ratio."""
    measures: dict[str, Callable[[list[float]], float]] = {
        "answers a second": lambda taken: len(taken) / SECONDS,
        "p50 ms": statistics.median,
        "p99 ms": lambda taken: statistics.quantiles(taken, n=100)[98],
        "longest ms": max,
    }
    for measure_name, figure in measures.items():
        a, b = (statistics.median(map(figure, each)) for each in (rest, busy))
        print(f"{name:16} {measure_name:18} at rest {a:8.1f}   meanwhile {b:8.1f}   ratio {b / a:5.2f}")


if __name__ == "__main__":
    main()

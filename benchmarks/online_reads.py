"""Reads of the online store beside the raw command, for our own store and for Redis, and a dead Redis.

python benchmarks/online_reads.py            # 20,000 customers, about two minutes; needs redis-server

Raw is one prepared SELECT, or one pipeline of HMGET, of the very same columns, with nothing done to what
comes back. SQLite's times are processor time. Redis answers from a process of its own, so its times are wall
time. Each is the best of several rounds, every read of other customers.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import yaml

# In this order, so that the package `serving` is found before the script serving.py beside this one.
sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]
CUSTOMERS, ROUNDS = 20_000, 7
READS = {1: 300, 100: 20}
LIMIT = 3
OPTIONS = "retry=null,socket_timeout=0.2,socket_connect_timeout=0.2"


def measure(folder: Path, store: str, where: str) -> None:
    """Fill one store by Feast's own materialize, and print what reading it takes."""
    from feast import FeatureStore
    from online_store import END, START, repository

    from feature_repo import definitions
    from serving.features.online_features import OnlineStore
    from serving.model.signature import signature_of

    repo = repository(folder, "ours")
    if store == "redis":
        use_redis(repo / "feature_store.yaml", where)
    feast = FeatureStore(repo_path=str(repo))
    feast.apply([getattr(definitions, name) for name in definitions.__all__])
    feast.materialize(START, END)
    reader = OnlineStore(repo).features(signature_of(), now=lambda: END)._reader
    raw, clock = (raw_select, time.process_time) if store == "sqlite" else (raw_hmget, time.perf_counter)
    for size, reads in READS.items():
        ours = best(reader.read, size, reads, clock)
        floor = best(raw(reader), size, reads, clock)
        kept = "PASS" if ours <= LIMIT * floor else "FAIL"
        print(
            f"{kept}  {store}, {size} customers: our reader {ours:.0f} us, raw {floor:.0f} us, "
            f"{ours / floor:.2f} times (at most {LIMIT})"
        )


def use_redis(configuration: Path, where: str) -> None:
    """Name a Redis server as the online store."""
    settings = yaml.safe_load(configuration.read_text())
    settings["online_store"] = {"type": "redis", "connection_string": f"{where},{OPTIONS}"}
    configuration.write_text(yaml.safe_dump(settings))


def raw_select(reader: Any) -> Callable[[Sequence[str]], object]:
    """The statement alone."""
    from online_store import raw_select as select

    return select(reader._path)


def raw_hmget(reader: Any) -> Callable[[Sequence[str]], object]:
    """The pipeline alone; keys are made beforehand."""
    from serving.features.feast_reader import entity_key

    store, config, fields = reader._store, reader._config, reader._fields
    client = store._get_client(config.online_store)
    known: dict[str, bytes] = {}

    def read(ids: Sequence[str]) -> object:
        for customer in ids:
            if customer not in known:
                known[customer] = store._generate_redis_keys_for_entities(config, [entity_key(customer)])[0]
        if len(ids) == 1:
            return client.hmget(known[ids[0]], fields)
        with client.pipeline(transaction=False) as pipe:
            for customer in ids:
                pipe.hmget(known[customer], fields)
            return pipe.execute()

    return read


def best(read: Callable[[Sequence[str]], object], size: int, reads: int, clock: Callable[[], float]) -> float:
    """Microseconds of one read; the first round, which warms up, does not count."""
    from online_store import names

    random, everyone = np.random.default_rng(1), names(CUSTOMERS)
    asked = [[everyone[n] for n in random.integers(0, CUSTOMERS, size)] for _ in range(reads)]
    rounds = []
    for _ in range(ROUNDS + 1):
        started = clock()
        for ids in asked:
            read(ids)
        rounds.append(1e6 * (clock() - started) / reads)
    return min(rounds[1:])


def dead(folder: Path) -> None:
    """Print how long a read waits for a Redis that is gone, and for one that never answers."""
    from online_store import repository

    from serving.errors import StoreError
    from serving.features.online_features import OnlineStore
    from serving.model.signature import signature_of

    for what, listening in (("gone", False), ("silent", True)):
        with socket.socket() as server:
            server.bind(("127.0.0.1", 0))
            if listening:
                server.listen()
            place = folder / what
            place.mkdir()
            repo = repository(place, "ours")
            use_redis(repo / "feature_store.yaml", f"127.0.0.1:{server.getsockname()[1]}")
            reader = OnlineStore(repo).features(signature_of())
            started = time.perf_counter()
            try:
                reader.read(["000001-ABC"])
            except StoreError:
                print(f"a Redis that is {what}: a read fails after {time.perf_counter() - started:.2f} s")


@contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    """A server of its own; gives its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    command = ["redis-server", "--port", port, "--save", "", "--dir", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            if not any("Ready to accept connections" in line for line in server.stdout):
                raise SystemExit("redis-server did not start")
            yield f"127.0.0.1:{port}"
        finally:
            server.terminate()


def main() -> None:
    """Measure each store in a process of its own, in which `serving` is the package and not a file here."""
    with tempfile.TemporaryDirectory(prefix="stayline-reads-") as name, redis_server(Path(name)) as where:
        for task in ("lake", "sqlite", "redis", "dead"):
            folder = Path(name) / task
            folder.mkdir()
            variables = {
                **os.environ,
                "STAYLINE_LAKE": str(Path(name) / "lake"),
                "STAYLINE_REGISTRY": str(folder / "registry.db"),
                "STAYLINE_ONLINE_STORE": str(folder / "online.db"),
            }
            command = [sys.executable, "-P", __file__, task, str(folder), where]
            done = subprocess.run(command, env=variables, capture_output=True, text=True)
            if done.returncode:
                raise SystemExit(done.stderr)
            print(
                "".join(
                    line for line in done.stdout.splitlines(True) if "customers:" in line or task == "dead"
                ),
                end="",
            )


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    if sys.argv[1:]:
        task, folder, where = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
        if task == "lake":
            from online_store import write_lake

            write_lake(folder, CUSTOMERS)
        elif task == "dead":
            dead(folder)
        else:
            measure(folder, task, where)
    else:
        main()

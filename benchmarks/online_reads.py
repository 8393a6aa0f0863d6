"""Reads of the online store beside the raw command, for our own store and for Redis, and a dead Redis.

python benchmarks/online_reads.py            # 100,000 customers, about four minutes; needs redis-server
python benchmarks/online_reads.py 20000      # any number of customers

Raw is one prepared SELECT, or one pipeline of HMGET, of the very same columns, with nothing done to what
comes back. The limit is one SQLite table with one BLOB a customer, which holds all numbers at fixed places.
SQLite's times are processor time. Redis answers from a process of its own, so its times are wall time. The
sides take turns, each is the best of several rounds, every read of other customers.
"""

from __future__ import annotations

import json
import os
import random
import socket
import sqlite3
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
CUSTOMERS, ROUNDS = 100_000, 8
READS = {1: 300, 100: 20}
OVER_RAW = 3
OVER_LIMIT = {1: 3, 100: 2.5}
ROW = np.dtype([("moments", "<i8", 4), ("numbers", "<f8", 13), ("categories", "u1", 15)])
"""What the limit keeps of a customer: the four views' moments, and 28 features."""
OPTIONS = "retry=null,socket_timeout=0.2,socket_connect_timeout=0.2"


def measure(folder: Path, store: str, where: str, customers: int) -> None:
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
    sqlite = store == "sqlite"
    sides = {"ours": reader.read, "raw": (raw_select if sqlite else raw_hmget)(reader)}
    if sqlite:
        sides["limit"] = fixed_rows(folder / "limit.db", customers)
    for size, reads in READS.items():
        took = best(sides, customers, size, reads, time.process_time if sqlite else time.perf_counter)
        tell(store, size, took, "raw", OVER_RAW)
        if sqlite:
            tell(store, size, took, "limit", OVER_LIMIT[size])


def tell(store: str, size: int, took: dict[str, float], other: str, most: float) -> None:
    """Print our time beside another, and whether the ratio is kept."""
    ratio = took["ours"] / took[other]
    times = f"our reader {took['ours']:.0f} us, {other} {took[other]:.0f} us, {ratio:.2f} times"
    print(f"{'PASS' if ratio <= most else 'FAIL'}  {store}, {size} customers: {times} (at most {most})")


def fixed_rows(database: Path, customers: int) -> Callable[[Sequence[str]], object]:
    """Write the limit's table; return what reads customers from it, as an array with a row a customer."""
    from online_store import names

    from serving.features.read_connections import ReadConnections

    values = np.zeros(customers, ROW)
    values["numbers"] = np.random.default_rng(0).random((customers, 13))
    writer = sqlite3.connect(database)
    writer.execute("PRAGMA journal_mode = WAL")
    writer.execute("CREATE TABLE wide (key TEXT PRIMARY KEY, row BLOB NOT NULL) WITHOUT ROWID")
    rows = (row.tobytes() for row in values)
    writer.executemany("INSERT INTO wide VALUES (?, ?)", zip(names(customers), rows, strict=True))
    writer.commit()
    writer.close()
    connection = ReadConnections(database).current()
    one = "SELECT row FROM wide WHERE key = ?"
    many = "SELECT key, row FROM wide WHERE key IN (SELECT value FROM json_each(?))"

    def read(ids: Sequence[str]) -> object:
        if len(ids) == 1:
            return np.frombuffer(connection.execute(one, ids).fetchone()[0], ROW)
        row_of = dict(connection.execute(many, (json.dumps(ids),)).fetchall())
        return np.frombuffer(b"".join([row_of[each] for each in ids]), ROW)

    return read


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


def best(
    sides: dict[str, Callable[[Sequence[str]], object]],
    customers: int,
    size: int,
    reads: int,
    clock: Callable[[], float],
) -> dict[str, float]:
    """Microseconds of one read of each side; the first round, which warms up, does not count."""
    from online_store import names

    chance, everyone = random.Random(1), names(customers)
    rounds: dict[str, list[float]] = {side: [] for side in sides}
    for _ in range(ROUNDS + 1):
        for side, read in sides.items():
            asked = [chance.sample(everyone, size) for _ in range(reads)]
            started = clock()
            for ids in asked:
                read(ids)
            rounds[side].append(1e6 * (clock() - started) / reads)
    return {side: min(times[1:]) for side, times in rounds.items()}


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


def main(customers: int) -> None:
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
            command = [sys.executable, "-P", __file__, task, str(folder), where, str(customers)]
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
    if sys.argv[2:]:
        task, folder, where, customers = sys.argv[1], Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
        if task == "lake":
            from online_store import write_lake

            write_lake(folder, customers)
        elif task == "dead":
            dead(folder)
        else:
            measure(folder, task, where, customers)
    else:
        main(int(sys.argv[1]) if sys.argv[1:] else CUSTOMERS)

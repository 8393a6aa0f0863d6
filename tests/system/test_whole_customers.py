"""A customer is the old one or the new one: while the store is filled, and after a run that was killed."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from drills import LONG
from house import House, at, everyone
from other_stores import repo_on
from redis_server import redis_server

from feature_repo.configuration import SQLITE_STORE
from serving.features.feature_status import micros
from serving.features.materialize import materialize
from serving.features.online_features import OnlineFeatures, OnlineStore
from serving.model.signature import signature_of

pytestmark = [pytest.mark.slow, pytest.mark.drill]
CUSTOMERS = [f"customer {number:04d}" for number in range(500)]
KILLS = 50 if LONG else 2
FIRST = at("2025-11-05")
NOW = at("2026-06-01")
# Small batches make more moments at which a kill falls between two of them.
BATCH = 50
# Ends itself in the middle of writing, as `kill -9` would: after a share of the rows and some seconds.
KILLED = """
import os, signal, sys, threading
from pathlib import Path
from feature_repo.feast_import import check_constructors_only
check_constructors_only()
from serving.features.materialize import materialize
share, seconds = map(float, sys.argv[2:])
def look(done, total, begun=[]):
    if done >= share * total and not begun:
        begun.append(threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGKILL)))
        begun[0].daemon = True
        begun[0].start()
materialize(Path(sys.argv[1]), progress=look)
"""


class Filled:
    """A store whose rows are all of one day, and whose lake's rows are a day younger with every `turn`."""

    def __init__(self, house: House, repo: Path) -> None:
        self.house, self.repo = house, repo
        self.day = FIRST
        self.turn()
        house.apply(repo=repo)
        self.fill()
        self.reader: OnlineFeatures = OnlineStore(repo).features(signature_of(), now=lambda: NOW)

    def turn(self) -> None:
        self.day += timedelta(days=1)
        day = f"{self.day:%Y-%m-%d}"
        self.house.write(everyone(CUSTOMERS, day), data_until=day)

    def fill(self) -> None:
        materialize(self.repo, now=lambda: NOW)

    def days(self) -> list[set[int | None]]:
        """Of each customer the moments of its views, which are one if the customer is whole."""
        return [set(each.statuses.events.values()) for each in self.reader.read(CUSTOMERS)]


@pytest.fixture(params=["ours", "redis"])
def filled(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Filled]:
    house = House(tmp_path, monkeypatch)
    with ExitStack() as servers:
        store = {"type": SQLITE_STORE, "path": str(house.database)}
        if request.param == "redis":
            store = servers.enter_context(redis_server(tmp_path))
        yield Filled(house, repo_on(tmp_path / "repo", store, online_write_batch_size=BATCH))


def test_a_killed_run_leaves_no_customer_half_old_and_half_new(filled: Filled) -> None:
    chance = random.Random(7)
    killed = 0
    for _ in range(KILLS):
        filled.turn()
        moment = [str(chance.uniform(0.0, 0.9)), str(chance.uniform(0.0, 0.01))]
        done = subprocess.run([sys.executable, "-c", KILLED, str(filled.repo), *moment], capture_output=True)
        assert done.returncode in (0, -signal.SIGKILL), done.stderr.decode()
        killed += done.returncode != 0
        assert sum(len(moments) > 1 for moments in filled.days()) == 0
    assert killed, "no run was killed"
    filled.fill()
    assert filled.days() == [{micros(filled.day)}] * len(CUSTOMERS)


def test_who_reads_throughout_a_run_finds_whole_customers(filled: Filled) -> None:
    over, mixed, reads = threading.Event(), [], 0

    def read() -> None:
        nonlocal reads
        while not over.is_set():
            mixed.extend(moments for moments in filled.days() if len(moments) > 1)
            reads += 1

    reading = threading.Thread(target=read)
    reading.start()
    for _ in range(10 if LONG else 2):
        filled.turn()
        filled.fill()
    over.set()
    reading.join()
    assert mixed == []
    assert reads > 1

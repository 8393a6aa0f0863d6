"""A load that is killed at any moment leaves the old edition or the new one; the next one goes through."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from drills import LONG
from lake_content import make_former, rows_of

from data.contracts.check import check_lake
from data.lake_files.swap import open_lake, side_folder
from data.loading.load_tables import HowToLoad, load_tables
from data.simulation.history import simulate
from data.simulation.settings import Settings

pytestmark = [pytest.mark.slow, pytest.mark.drill]
KILLS = 50 if LONG else 4
OCTOBER, NOVEMBER = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
NEEDED = ("demographics", "services", "billing", "tickets", "churn_events", "offers")
# Ends itself after some seconds, as `kill -9` would. Says how long the load took if it came to an end.
KILLED = """
import os, signal, sys, threading, time
from datetime import UTC, datetime
from pathlib import Path
import duckdb, pyarrow.compute, pandera.pandas
from data.lake_files import table_file
from data.loading.load_tables import HowToLoad, load_tables
table_file.ROW_GROUP_ROWS = 500  # some tables get a part, others take a short one over
lake, folder, seconds = Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3])
timer = threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGKILL))
timer.daemon = True
timer.start()
began = time.perf_counter()
load_tables(folder, datetime(2026, 11, 1, tzinfo=UTC), lake, HowToLoad(append=True))
print(time.perf_counter() - began)
"""


def kill_after(seconds: float, lake: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", KILLED, str(lake), str(folder), str(seconds)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done


@pytest.fixture(scope="module")
def extracts(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """What a telecom knew in October, and what it learned in a month."""
    place = tmp_path_factory.mktemp("telecom")
    simulate(Settings(300, 8, 5, NOVEMBER.date()), place / "lake", place / "truth")
    october, news = place / "october", place / "news"
    for name in NEEDED:
        rows = pq.read_table(place / "lake" / f"{name}.parquet")
        early = pc.less_equal(rows["created_timestamp"], OCTOBER)
        for folder, chosen in ((october, early), (news, pc.invert(early))):
            folder.mkdir(exist_ok=True)
            pq.write_table(rows.filter(chosen), folder / f"{name}.parquet")
    return october, news


@pytest.mark.parametrize("prepare", [lambda lake: None, make_former], ids=["present", "former format"])
def test_a_load_killed_at_any_moment_leaves_the_old_edition_or_the_new_one(
    extracts: tuple[Path, Path], tmp_path: Path, prepare: Callable[[Path], None]
) -> None:
    october, news = extracts
    old, new, lake = tmp_path / "old", tmp_path / "new", tmp_path / "lake"
    load_tables(october, OCTOBER, old)
    prepare(old)
    shutil.copytree(old, new)
    whole = float(kill_after(600.0, new, news).stdout)
    before, after = rows_of(old), rows_of(new)
    chance = random.Random(7)
    found = {1: 0, 2: 0}
    killed = 0
    for _ in range(KILLS):
        shutil.rmtree(lake, ignore_errors=True)
        shutil.copytree(old, lake, copy_function=os.link)
        killed += kill_after(chance.uniform(0.0, 1.1) * whole, lake, news).returncode != 0
        open_lake(lake)
        editions = len(check_lake(lake).editions)
        found[editions] += 1
        assert rows_of(lake) == (before if editions == 1 else after)
        if editions == 1:
            load_tables(news, NOVEMBER, lake, HowToLoad(append=True))
            assert rows_of(lake) == after
            assert [path.name for path in side_folder(lake).iterdir()] == ["lock"]
        assert rows_of(old) == before  # a link is never written through
    assert killed, "no load was killed"
    assert found[1], "no kill came before the swap"

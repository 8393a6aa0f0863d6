"""A night: one command that is safe to run twice, and that goes on where it was killed."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pandas as pd
import psutil
import pyarrow.parquet as pq
import pytest
from asking import wait_until
from drills import LONG
from installation import NOVEMBER, OCTOBER, Installation, in_october
from small_lakes import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.drill]
KILLS = 10 if LONG else 1
"""Of each step."""
STEPS = ("load", "apply", "materialize", "score")


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    return in_october(tmp_path_factory.mktemp("telecom"))


def night(installation: Installation, new: Path) -> subprocess.Popen[str]:
    """Start a night as cron does, in a session of its own."""
    scores = installation.folder / "scores.parquet"
    command = [sys.executable, "scripts/nightly.py", str(new), "--as-of", NOVEMBER, "--scores", str(scores)]
    environment = installation.place.environment
    pipe = subprocess.PIPE
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=pipe, stderr=pipe, text=True, start_new_session=True
    )


def kill_in(step: str, running: subprocess.Popen[str], delay: float) -> None:
    """Kill a night and all its processes, so long after a step has begun."""

    def has_begun() -> bool:
        for child in psutil.Process(running.pid).children():
            with suppress(psutil.NoSuchProcess, psutil.ZombieProcess):  # it has just ended
                if step in child.cmdline():
                    return True
        return False

    wait_until(has_begun, 120.0)
    time.sleep(delay)
    os.killpg(running.pid, signal.SIGKILL)
    running.communicate()
    assert running.returncode == -signal.SIGKILL


def assert_done(installation: Installation, run: subprocess.Popen[str]) -> None:
    """The night ended well, with one summary, and the lake holds all rows once."""
    told, errors = run.communicate(timeout=300)
    assert run.returncode == 0, told + errors
    first, *lines = told.splitlines()
    assert re.fullmatch(rf"Night of {NOVEMBER}: done in \d+ s\.", first)
    of_steps = [line for line in lines if not line.startswith(" " * 23)]  # the others go on with a step
    assert [line.split()[0] for line in of_steps] == list(STEPS)
    editions = json.loads((installation.folder / "lake" / "manifest.json").read_text())["editions"]
    assert [edition["data_until"][:10] for edition in editions] == [OCTOBER, NOVEMBER]
    for table in (installation.folder / "telecom").glob("*.parquet"):
        rows = sum(edition["rows"][table.stem] for edition in editions)
        assert rows == pq.read_metadata(table).num_rows, table.stem


def test_a_night_that_was_killed_goes_on(installation: Installation) -> None:
    new, chance = installation.extract(NOVEMBER, since=OCTOBER), random.Random(13)
    for step in STEPS * KILLS:
        kill_in(step, night(installation, new), chance.uniform(0.0, 2.0))
    assert_done(installation, night(installation, new))
    scores = installation.folder / "scores.parquet"
    first = pd.read_parquet(scores)
    assert_done(installation, night(installation, new))
    pd.testing.assert_frame_equal(pd.read_parquet(scores), first)
    online = installation.online_probabilities()
    batch = first.set_index("customerID")["probability"].sort_index()
    pd.testing.assert_series_equal(online, batch, check_names=False, rtol=0, atol=1e-9)


def test_a_night_that_fails_says_where_and_changes_nothing(
    installation: Installation, tmp_path: Path
) -> None:
    manifest = installation.folder / "lake" / "manifest.json"
    before = manifest.read_bytes()
    told, errors = (run := night(installation, tmp_path / "nothing")).communicate(timeout=300)
    assert run.returncode == 1
    assert told.startswith(f"Night of {NOVEMBER}: load failed, with exit status 1.\n")
    assert errors == f"Error: There is no file or folder {tmp_path / 'nothing'}.\n"
    assert manifest.read_bytes() == before

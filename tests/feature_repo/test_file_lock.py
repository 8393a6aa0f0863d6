from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from feature_repo.file_lock import Locked, file_lock

HOLDER = """
import sys, time
from pathlib import Path
from feature_repo.file_lock import file_lock
with file_lock(Path(sys.argv[1]), wait=True):
    print("held", flush=True)
    sys.stdin.readline()
"""


def test_a_second_holder_is_refused_and_told_who_the_first_is(tmp_path: Path) -> None:
    path = tmp_path / "view.lock"
    with file_lock(path, wait=True), pytest.raises(Locked) as caught, file_lock(path, wait=False):
        pass
    assert caught.value.holder == f"process {os.getpid()}"


def test_it_is_free_again_afterwards(tmp_path: Path) -> None:
    path = tmp_path / "view.lock"
    with pytest.raises(ZeroDivisionError), file_lock(path, wait=False):
        raise ZeroDivisionError
    with file_lock(path, wait=False):
        pass


def test_the_lock_of_a_process_that_died_is_free(tmp_path: Path) -> None:
    path = tmp_path / "view.lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(Locked, match=f"process {holder.pid}"), file_lock(path, wait=False):
            pass
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    with file_lock(path, wait=False):
        pass

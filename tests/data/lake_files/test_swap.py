from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from data.errors import LakeError, LakeLockedError, LakeMissingError
from data.lake_files.manifest import Facts, Manifest
from data.lake_files.swap import heal, locked, new_folder, open_lake, side_folder, swap_in


def fill(folder: Path, base: str, facts: Facts) -> None:
    folder.mkdir(parents=True)
    plain = Manifest(Facts(base, "simulated", "events", facts.data_until, True, {}, "simulated"))
    (folder / "manifest.json").write_text(plain.to_json())


@pytest.fixture
def lakes(tmp_path: Path, facts: Facts) -> Path:
    """Return a lake that holds `old`, with `new` waiting beside it."""
    lake = tmp_path / "lake"
    fill(lake, "old", facts)
    fill(new_folder(lake), "new", facts)
    return lake


def base(lake: Path) -> str:
    return open_lake(lake).facts.base


def test_the_new_lake_takes_the_place_and_nothing_is_left_over(lakes: Path) -> None:
    swap_in(lakes)
    assert base(lakes) == "new"
    assert [p.name for p in side_folder(lakes).iterdir()] == []


def test_the_first_lake_needs_no_old_one(tmp_path: Path, facts: Facts) -> None:
    fill(new_folder(tmp_path / "lake"), "new", facts)
    swap_in(tmp_path / "lake")
    assert base(tmp_path / "lake") == "new"


KILLED = """
import os, sys
from pathlib import Path
from data.lake_files import swap

lake, renames = Path(sys.argv[1]), int(sys.argv[2])
rename = os.rename

def dying(source, target):
    global renames
    if renames == 0:
        os._exit(9)
    renames -= 1
    rename(source, target)

os.rename = dying
with swap.locked(lake):
    swap.swap_in(lake)
    os._exit(9)
"""


@pytest.mark.parametrize(("renames", "lying"), [(0, "old"), (1, "old"), (2, "new")])
def test_a_process_killed_at_any_rename_leaves_a_whole_lake(lakes: Path, renames: int, lying: str) -> None:
    died = subprocess.run([sys.executable, "-c", KILLED, str(lakes), str(renames)], check=False)
    assert died.returncode == 9
    assert lakes.exists() == (renames != 1)
    assert base(lakes) == lying
    with locked(lakes):
        heal(lakes)
    assert [p.name for p in side_folder(lakes).iterdir()] == ["lock"]
    assert base(lakes) == lying


def test_a_rename_that_fails_puts_the_old_lake_back(lakes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rename = os.rename

    def failing(source: Path, target: Path) -> None:
        if Path(source).name == "new":
            raise OSError(errno.EACCES, "Permission denied")
        rename(source, target)

    monkeypatch.setattr(os, "rename", failing)
    with pytest.raises(LakeError, match="Permission denied.* The lake is as it was"):
        swap_in(lakes)
    assert base(lakes) == "old"


def test_two_writers_exclude_each_other_and_the_second_names_the_first(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    with (
        locked(lake),
        pytest.raises(LakeLockedError, match=f"is being written by process {os.getpid()}"),
        locked(lake),
    ):
        raise AssertionError("both hold the lock")
    with locked(lake):
        pass


def test_a_reader_does_not_heal_under_a_living_writer(tmp_path: Path, facts: Facts) -> None:
    lake = tmp_path / "lake"
    fill(side_folder(lake) / "old", "old", facts)
    with locked(lake), pytest.raises(LakeLockedError):
        open_lake(lake)
    assert base(lake) == "old"


def test_opening_nothing_makes_nothing(tmp_path: Path) -> None:
    with pytest.raises(LakeMissingError):
        open_lake(tmp_path / "lake")
    assert list(tmp_path.iterdir()) == []

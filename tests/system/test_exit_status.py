"""Every command of every room says by its exit status whether it worked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from data.commands.cli import main as data
from serving.commands.cli import cli as serving
from training.commands.cli import main as training

WHO = ("--why", "a test", "--who", "ann")
TAG = "churn:000001"

# Each command where there is nothing yet, and its exit status: 1, unless nothing is what it shows.
NOTHING_THERE: dict[str, tuple[tuple[str, ...], int]] = {
    "data check": ((), 1),
    "data load": (("none.csv", "--as-of", "today"), 1),
    "data show": ((), 1),
    "data simulate": (("--customers", "0"), 1),
    "serving campaign export": (("--name", "none", "--out", "none.csv"), 1),
    "serving campaign goals": ((), 1),
    "serving campaign plan": (("--name", "one", "--budget", "1", "--out", "one.csv"), 1),
    "serving campaign power": ((), 1),
    "serving campaign readout": (("--name", "none"), 1),
    "serving keys list": (("--file", "none"), 1),
    "serving keys new": (("ann", "--file", "folder"), 1),
    "serving keys revoke": (("ann", "--file", "none"), 1),
    "serving materialize": ((), 1),
    "serving models challenge": ((TAG, *WHO, "--mode", "shadow"), 1),
    "serving models export": ((TAG, "none.bentomodel"), 1),
    "serving models history": ((), 0),
    "serving models import": (("none.bentomodel",), 1),
    "serving models lineage": (("--view", "none"), 1),
    "serving models list": ((), 0),
    "serving models promote": ((TAG, *WHO), 1),
    "serving models prune": (("--keep", "1"), 0),
    "serving models rollback": (WHO, 1),
    "serving models show": ((TAG,), 1),
    "serving models withdraw": (WHO, 1),
    "serving score": (("--all", "--out", "scores.parquet"), 1),
    "training audit": ((), 1),
    "training evaluate": (("--runs", "runs"), 1),
    "training report": (("--runs", "runs"), 1),
    "training run": (("--runs", "runs"), 1),
    "training show": (("--runs", "runs"), 1),
    "training tune": (("--runs", "runs"), 1),
}
ROOMS = {"data": data, "serving": serving, "training": training}


def commands(group: click.Group, path: str) -> Iterator[str]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}"


def test_every_command_is_listed() -> None:
    assert sorted(NOTHING_THERE) == sorted(name for room in ROOMS for name in commands(ROOMS[room], room))


@pytest.fixture
def nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with nothing in it: no lake, no registry, no store, no model."""
    for name in ("LAKE", "TRUTH", "REGISTRY", "ONLINE_STORE"):
        monkeypatch.setenv(f"STAYLINE_{name}", str(tmp_path / name.lower()))
    monkeypatch.setenv("BENTOML_HOME", str(tmp_path / "bentoml"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()


@pytest.mark.usefixtures("nothing")
@pytest.mark.parametrize("command", NOTHING_THERE)
def test_a_command_that_finds_nothing_ends_with_its_status(command: str) -> None:
    arguments, status = NOTHING_THERE[command]
    room, *path = command.split()
    done = CliRunner().invoke(ROOMS[room], [*path, *arguments])
    assert isinstance(done.exception, SystemExit | None), repr(done.exception)
    assert done.exit_code == status, done.output
    assert ("Error: " in done.output) == bool(status)

"""What `make` says, in a folder where it has nothing real to install with."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from small_lakes import ROOT

PYTHON = """\
#!/bin/sh
mkdir -p .venv/bin
printf '#!/bin/sh\\necho "$@" >> asked\\n' > .venv/bin/python
printf '#!/bin/sh\\nexit %s\\n' "$UV_STATUS" > .venv/bin/uv
chmod +x .venv/bin/*
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("Makefile", "pyproject.toml", "requirements.lock"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "python").write_text(PYTHON)
    (tmp_path / "python").chmod(0o755)
    return tmp_path


def make(
    folder: Path, *arguments: str, uv_status: int = 0, **variables: str
) -> subprocess.CompletedProcess[str]:
    command = ["make", "--silent", *arguments, "PYTHON=./python"]
    environment = {"PATH": os.environ["PATH"], "UV_STATUS": str(uv_status), **variables}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


@pytest.mark.parametrize("given", ["", "nowhere.csv"])
def test_a_file_that_is_not_there_is_told_before_anything_is_installed(given: str, folder: Path) -> None:
    done = make(folder, "run", f"CSV={given}")
    assert done.returncode != 0
    assert done.stderr.startswith(f"CSV={given} names no file; give a path: make run CSV=path/to/")
    assert not (folder / ".venv").exists()


@pytest.mark.parametrize("csv", [["CSV=telco.csv"], []])
def test_a_file_that_is_there_is_loaded_and_without_one_a_base_is_simulated(
    csv: list[str], folder: Path
) -> None:
    (folder / "telco.csv").touch()
    make(folder, "run", *csv)
    asked = (folder / "asked").read_text().splitlines()
    assert [line for line in asked if line.startswith("-m data")] == [
        "-m data load telco.csv --as-of today --if-changed" if csv else "-m data simulate"
    ]


def test_every_step_is_a_door_of_a_room(folder: Path) -> None:
    """Feast's own command takes twice as long to start."""
    make(folder, "run")
    asked = (folder / "asked").read_text().splitlines()
    doors = [line.split()[1:3] for line in asked if line.startswith("-m ") and "pip" not in line]
    assert doors == [
        ["data", "simulate"],
        ["feature_repo", "apply"],
        ["training", "run"],
        ["serving", "materialize"],
        ["serving", "score"],
        ["training", "show"],
    ]


@pytest.mark.parametrize("named", ["", "/var/lib/stayline/scores.parquet"])
def test_the_scores_are_written_where_the_service_reads_them(named: str, folder: Path) -> None:
    make(folder, "run", STAYLINE_SCORES=named)
    asked = (folder / "asked").read_text().splitlines()
    (score,) = [line for line in asked if line.startswith("-m serving score")]
    assert score.split("--out ")[1].split()[0] == (named or "serving/out/scores.parquet")


def test_installing_compiles_what_the_commands_import_once(folder: Path) -> None:
    for _ in range(2):
        make(folder, "install")
    asked = (folder / "asked").read_text().splitlines()
    assert asked[-1] == "scripts/byte_code.py"
    assert asked.count("scripts/byte_code.py") == 1


def test_installing_says_so_and_that_it_takes_minutes(folder: Path) -> None:
    done = make(folder, "install")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "Installing into .venv; this takes a few minutes the first time.\n"
    assert make(folder, "install").stdout == ""


def test_where_uv_fails_pip_takes_over_and_says_so(folder: Path) -> None:
    done = make(folder, "install", uv_status=1)
    assert done.returncode == 0
    assert done.stdout.splitlines()[1:] == ["uv could not install; pip takes over, which is slower."]
    assert "--no-deps -r requirements.lock" in (folder / "asked").read_text()


@pytest.mark.parametrize(
    ("only", "asked"),
    [
        ([], ["run"]),
        (["ONLY=serving/model/segments.py"], ["run serving.model.segments.*"]),
        (["ONLY=training/metrics"], ["run training.metrics.*"]),
    ],
)
def test_mutants_are_tried_in_all_listed_modules_or_in_one(
    only: list[str], asked: list[str], folder: Path
) -> None:
    make(folder, "install")
    shutil.copy(folder / ".venv/bin/python", folder / ".venv/bin/mutmut")
    (folder / "asked").unlink()
    assert make(folder, "mutants", *only).returncode == 0
    assert (folder / "asked").read_text().splitlines() == [*asked, "results"]


def test_cleaning_removes_the_mutants(folder: Path) -> None:
    (folder / "mutants" / "serving").mkdir(parents=True)
    make(folder, "clean")
    assert not (folder / "mutants").exists()

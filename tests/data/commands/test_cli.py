from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from lake_content import content

from data.commands import cli
from data.lake_files.swap import locked

Row = dict[str, str]
WriteCsv = Callable[..., Path]
History = dict[str, list[dict[str, Any]]]


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli.main, [str(a) for a in arguments], prog_name="python -m data")


def test_load_check_show_one_after_the_other(lake: Path, telco_rows: list[Row], write_csv: WriteCsv) -> None:
    file = write_csv(telco_rows)
    loaded = run("load", file, "--as-of", "2026-03-01")
    assert loaded.exit_code == 0
    assert "4 customers as of 2026-03-01" in loaded.stdout
    assert "blank at tenure 0 on 1 line and is read as 0" in loaded.stdout
    again = run("load", file, "--as-of", "2026-03-01")
    assert (again.exit_code, again.stderr) == (0, "")
    assert "is there already" in again.stdout
    checked = run("check")
    assert checked.exit_code == 0
    assert f"in {lake}: 10 tables, 16 rows; files, checksums and contracts hold." in checked.stdout
    shown = run("show")
    assert shown.exit_code == 0
    assert "kind: snapshot; labels: given; tickets: no" in shown.stdout


def test_as_of_may_be_today(lake: Path, telco_rows: list[Row], write_csv: WriteCsv) -> None:
    assert run("load", write_csv(telco_rows), "--as-of", "today").exit_code == 0


def test_as_of_is_required(lake: Path, telco_rows: list[Row], write_csv: WriteCsv) -> None:
    missing = run("load", write_csv(telco_rows))
    assert missing.exit_code == 2
    assert "--as-of" in missing.stderr


def test_a_file_where_a_folder_is_meant_is_named(telco_rows: list[Row], write_csv: WriteCsv) -> None:
    file = write_csv(telco_rows)
    refused = run("load", file, "--as-of", "2026-03-01", "--append")
    assert refused.exit_code == 2
    assert refused.stderr.splitlines()[-1] == (
        f"Error: {file} is a file; --append, --accept-corrections and --timezone are for a folder of tables. "
        "A later CSV is the next edition without them."
    )


def test_bad_rows_are_one_message_and_status_1(
    lake: Path, telco_rows: list[Row], write_csv: WriteCsv
) -> None:
    assert run("load", write_csv(telco_rows), "--as-of", "2026-03-01").exit_code == 0
    before = content(lake)
    telco_rows[0]["gender"], telco_rows[3]["tenure"] = "?", "-4"
    bad = write_csv(telco_rows, "bad.csv")
    refused = run("load", bad, "--as-of", "2026-03-02", "--replace")
    assert refused.exit_code == 1
    assert refused.stdout == ""
    assert refused.stderr.splitlines() == [
        f"Error: {bad} cannot be loaded: 2 problems on 2 lines.",
        "  line 2, gender: '?'; rule: one of Female, Male",
        "  line 5, tenure: '-4'; rule: a whole number of months from 0 to 1,200",
    ]
    assert content(lake) == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("load", "nowhere.csv", "--as-of", "2026-03-01"), "There is no file or folder nowhere.csv."),
        (("load", "x.csv", "--as-of", "2999-01-01"), "is in the future"),
        (("load", "x.csv", "--as-of", "soon"), "is no date"),
        (("check",), "There is no lake in"),
        (("show",), "There is no lake in"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_status_1(
    lake: Path, arguments: tuple[str, ...], said: str
) -> None:
    refused = run(*arguments)
    assert refused.exit_code == 1
    assert refused.stderr.startswith("Error: ")
    assert said in refused.stderr
    assert len(refused.stderr.splitlines()) == 1


def test_a_truncated_table_is_named_and_status_1(
    lake: Path, history: History, write_history: Callable[..., None]
) -> None:
    write_history(lake, history)
    path = lake / "tickets.parquet" / "0001.parquet"
    path.write_bytes(path.read_bytes()[:-9])
    for command in ("check", "show"):
        refused = run(command)
        assert refused.exit_code == 1
        assert str(path) in refused.stderr


def test_a_lake_that_is_being_written_is_not_written_twice(
    lake: Path, telco_rows: list[Row], write_csv: WriteCsv
) -> None:
    file = write_csv(telco_rows)
    with locked(lake):
        refused = run("load", file, "--as-of", "2026-03-01")
    assert refused.exit_code == 1
    assert f"is being written by process {os.getpid()}" in refused.stderr


def test_a_place_that_cannot_be_written_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, telco_rows: list[Row], write_csv: WriteCsv
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("STAYLINE_LAKE", str(tmp_path / "file" / "lake"))
    refused = run("load", write_csv(telco_rows), "--as-of", "2026-03-01")
    assert (refused.exit_code, len(refused.stderr.splitlines())) == (1, 1)
    assert f"{tmp_path}/file" in refused.stderr
    assert "Not a directory" in refused.stderr


def test_simulate_is_taken_from_the_simulation_when_it_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    @click.command()
    def simulate() -> None:
        """Write a history."""
        click.echo("a history")

    modules: list[str] = []

    def find(name: str) -> SimpleNamespace:
        modules.append(name)
        return SimpleNamespace(simulate=simulate)

    monkeypatch.setattr(cli, "import_module", find)
    assert run("show", "--help").exit_code == 0
    assert modules == []
    assert run("simulate").stdout == "a history\n"
    assert set(modules) == {"data.commands.simulate"}


def test_the_commands_are_listed_with_what_they_do() -> None:
    lines = run("--help").stdout.splitlines()
    assert [line.split()[0] for line in lines[lines.index("Commands:") + 1 :]] == [
        "check",
        "load",
        "show",
        "simulate",
    ]
    command = cli.main.get_command(click.Context(cli.main), "simulate")
    assert command is not None
    assert command.get_short_help_str(limit=80) == cli.SIMULATE_HELP


def test_an_unknown_command_is_refused() -> None:
    assert run("destroy").exit_code == 2


def test_help_does_not_import_what_it_does_not_need() -> None:
    script = (
        "import sys; from data.commands.cli import main; main(['--help'], standalone_mode=False); "
        "assert not {'pandas', 'pandera', 'pyarrow', 'numpy', 'rich'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_door_by_its_name() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "data", "load", "--help"], capture_output=True, text=True, check=False
    )
    assert done.stdout.startswith("Usage: python -m data load [OPTIONS] PATH")

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from data.commands.cli import main

SMALL = ("--customers", "100", "--months", "8", "--end", "2026-11-01")


@pytest.fixture(autouse=True)
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let lake and truth lie in a temporary folder."""
    monkeypatch.setenv("STAYLINE_LAKE", str(tmp_path / "lake"))
    monkeypatch.setenv("STAYLINE_TRUTH", str(tmp_path / "truth"))
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["simulate", *arguments])


def test_a_history_and_its_truth_are_written(places: Path) -> None:
    result = run(*SMALL)
    assert result.exit_code == 0, result.output
    assert "simulated-100x8-seed7-20261101 in" in result.output
    assert "Last observation date with a whole window: 2026-07-01." in result.output
    assert (places / "lake" / "manifest.json").is_file()
    assert (places / "truth" / "risk.parquet").is_file()
    assert CliRunner().invoke(main, ["check"]).exit_code == 0


def test_what_is_there_already_is_left_alone(places: Path) -> None:
    run(*SMALL)
    written = (places / "lake" / "billing.parquet").stat().st_mtime_ns
    result = run(*SMALL)
    assert result.exit_code == 0
    assert "is there already" in result.output
    assert (places / "lake" / "billing.parquet").stat().st_mtime_ns == written


def test_another_base_needs_replace(places: Path) -> None:
    run(*SMALL)
    refused = run(*SMALL, "--seed", "8")
    assert refused.exit_code == 1
    assert "--replace" in refused.output
    assert run(*SMALL, "--seed", "8", "--replace").exit_code == 0


def test_a_lost_truth_is_written_again_with_replace(places: Path) -> None:
    run(*SMALL)
    (places / "truth" / "truth.json").unlink()
    assert run(*SMALL).exit_code == 1
    assert run(*SMALL, "--replace").exit_code == 0
    assert (places / "truth" / "truth.json").is_file()


@pytest.mark.parametrize(
    "wrong",
    [("--customers", "5"), ("--months", "3"), ("--seed", "-1"), ("--end", "2026-11-02"), ("--end", "x")],
)
def test_the_impossible_is_one_message_and_status_1(places: Path, wrong: tuple[str, str]) -> None:
    result = run(*SMALL, *wrong)
    assert result.exit_code == 1
    assert result.output.startswith(f"Error: {wrong[0]}")
    assert list(places.iterdir()) == []

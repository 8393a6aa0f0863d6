from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from training import evaluate
from training.commands.cli import main
from training.commands.relative_path import relative_path


def test_a_path_below_the_current_directory_is_relative_and_another_is_whole(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert relative_path(tmp_path / "runs" / "report.md") == Path("runs/report.md")
    assert relative_path(tmp_path.parent / "report.md") == tmp_path.parent / "report.md"
    assert relative_path(Path("runs/report.md")) == Path("runs/report.md")


@pytest.mark.parametrize(
    ("here", "told"), [(".", "Evaluation  runs/one/evaluation.json ("), ("beside", "Evaluation  /")]
)
def test_evaluate_tells_where_its_figures_lie(here, told, monkeypatch, tmp_path):
    made = SimpleNamespace(folder=tmp_path / "runs" / "one"), {}
    monkeypatch.setattr(evaluate, "evaluate", lambda *_: made)
    (tmp_path / here).mkdir(exist_ok=True)
    monkeypatch.chdir(tmp_path / here)
    answer = CliRunner().invoke(main, ["evaluate", "--quiet", "--runs", str(tmp_path / "runs")])
    assert answer.output.startswith(told)

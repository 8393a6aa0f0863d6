from __future__ import annotations

import json

import pytest
import yaml
from click.testing import CliRunner

from training.commands.cli import main
from training.settings.settings import load_settings
from training.tuning.objective import Objective


@pytest.fixture
def command(telecom, use_repo, tuning_settings, tmp_path):
    """`python -m training tune` on a tiny dated telecom; the settings file asks for two trials."""
    use_repo(telecom)
    values = tuning_settings.model_dump(mode="json")
    values["cohorts"] |= {"gap_days": 0, "horizon_days": 80}
    values["tuning"] |= {"trials": 2, "arms": ["none+logistic_regression"]}
    (tmp_path / "asked.yaml").write_text(yaml.safe_dump(values))
    shared = ["tune", "--settings", str(tmp_path / "asked.yaml"), "--runs", str(tmp_path / "runs")]
    return lambda *more: CliRunner().invoke(main, [*shared, *more])


def test_the_command_leaves_its_figures_and_a_settings_file(command, tmp_path):
    answer = command("--trials", "3")
    assert answer.exit_code == 0, answer.output
    [folder] = (tmp_path / "runs" / "tuning").iterdir()
    told = json.loads((folder / "tuning.json").read_text())
    assert told["trials"]["complete"] == 3
    assert "none logistic" in answer.stdout
    assert str(folder / "tuning.json") in answer.stdout.replace("\n", "")
    parameters = told["arms"][0]["tuned"]["parameters"]
    assert load_settings(folder / "settings.yaml").classifiers["logistic_regression"] == parameters


def test_after_an_interrupt_the_same_command_goes_on(command, tmp_path, monkeypatch):
    judged, scores = [], Objective.scores

    def interrupted(self, parameters):
        judged.append(parameters)
        if len(judged) == 3:
            raise KeyboardInterrupt
        return scores(self, parameters)

    with monkeypatch.context() as patch:
        patch.setattr(Objective, "scores", interrupted)
        answer = command("--quiet")
    assert answer.exit_code == 130
    assert "the finished trials are kept; the same command goes on" in answer.stderr
    assert not list((tmp_path / "runs" / "tuning").glob("*/tuning.json"))
    assert command("--quiet").exit_code == 0
    [written] = (tmp_path / "runs" / "tuning").glob("*/tuning.json")
    assert json.loads(written.read_text())["trials"] == {"complete": 2, "pruned": 0, "failed": 1}


def test_a_wrong_arm_is_one_line(command):
    answer = command("--arm", "none+catboost")
    assert answer.exit_code == 1
    assert "'none+catboost' is not an arm" in answer.stderr

from __future__ import annotations

import pandas as pd
import pytest
from file_modes import open_to_others

from training.run_folder import read_evaluation, read_run, run_name, write_evaluation, write_run


def test_a_run_is_named_by_what_training_heeds(quick_settings):
    name = run_name("f" * 64, quick_settings)
    assert name.startswith("f" * 12)
    more_draws = quick_settings.evaluation.model_copy(update={"draws": 200})
    unheeded = {"threads": quick_settings.threads + 1, "evaluation": more_draws}
    assert run_name("f" * 64, quick_settings.model_copy(update=unheeded)) == name
    assert run_name("f" * 64, quick_settings.model_copy(update={"seed": 43})) != name
    assert run_name("e" * 64, quick_settings) != name


def test_a_run_that_fails_to_write_leaves_the_older_one(tmp_path):
    folder = tmp_path / "runs" / "one"
    write_run(folder, {"run": 1}, {"arms": pd.DataFrame({"auc": [0.8]})}, "# One")
    with pytest.raises(ValueError, match="JSON"):
        write_run(folder, {"run": float("nan")}, {}, "# Two")
    assert read_run(folder) == {"run": 1}
    assert [path.name for path in folder.parent.iterdir()] == ["one"]


@pytest.mark.usefixtures("umask")
def test_nobody_else_can_read_a_run(tmp_path):
    folder = tmp_path / "runs" / "one"
    write_run(folder, {"run": 1}, {"out_of_fold": pd.DataFrame({"customerID": ["a"]})}, "# One")
    write_evaluation(folder, {})
    assert len(list(folder.iterdir())) == 4
    assert open_to_others(folder) == []


def test_an_evaluation_is_whole_or_not_there(tmp_path):
    assert read_evaluation(tmp_path) is None
    write_evaluation(tmp_path, {"headline": {"auc": 0.8}})
    with pytest.raises(ValueError, match="JSON"):
        write_evaluation(tmp_path, {"headline": {"auc": float("inf")}})
    assert read_evaluation(tmp_path) == {"headline": {"auc": 0.8}}
    assert [path.name for path in tmp_path.iterdir()] == ["evaluation.json"]

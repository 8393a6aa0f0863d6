from __future__ import annotations

import io
import json
import os
from dataclasses import replace

import pytest
from rich.console import Console

from training.commands.tune import with_options
from training.commands.tuning_table import tuning_view
from training.errors import RunError, SettingsError
from training.modelling.arms import Arm, cross_validate
from training.run_folder import RUN_FILE, latest_run, run_name, write_run
from training.settings.settings import load_settings
from training.tuning import tune as tune_module
from training.tuning.compare import SearchResult
from training.tuning.folder import (
    SETTINGS_FILE,
    TUNING_FILE,
    read_tuning,
    search_lock,
    tuning_folder,
    tuning_section,
    write_tuning,
)
from training.tuning.objective import Objective, with_parameters
from training.tuning.tune import tune_on, tuned_settings

LOGISTIC, SMOTE = Arm("none", "logistic_regression"), Arm("smote", "lightgbm")


def without_seconds(told):
    arms = [{key: value for key, value in arm.items() if key != "seconds"} for arm in told["arms"]]
    return {**{key: value for key, value in told.items() if key != "seconds"}, "arms": arms}


def found(arm, default_value, best_value, metric="auc"):
    parameters = {"default": {"C": 0.1}, "best": {"C": 2.0}}
    trials = {"complete": 1, "pruned": 0, "failed": 0}
    return SearchResult(arm, "study", **parameters, default_value=default_value, best_value=best_value,
                 trials=trials, seconds=1.0, metric=metric)  # fmt: skip


@pytest.fixture(scope="module")
def tuned(quick_dataset, tuning_settings, tmp_path_factory):
    """A finished search of two arms, in its folder below ``runs``."""
    runs = tmp_path_factory.mktemp("runs")
    folder = tuning_folder(runs, quick_dataset.fingerprint, tuning_settings)
    told = tune_on(quick_dataset, [LOGISTIC, SMOTE], tuning_settings, folder)
    return runs, folder, told


def test_the_default_is_judged_as_a_run_judges_it(tuned, quick_dataset, tuning_settings, splits):
    _, _, told = tuned
    for arm, told_arm in zip((LOGISTIC, SMOTE), told["arms"], strict=True):
        assert told_arm["arm"] == {"sampler": arm.sampler, "classifier": arm.classifier}
        for side in ("default", "tuned"):
            parameters = told_arm[side]["parameters"]
            [result] = cross_validate(
                quick_dataset, splits.folds, with_parameters(tuning_settings, arm, parameters)
            )
            figures = told_arm[side]["cross_validation"]["auc"]
            assert figures == {"mean": result.mean("auc"), "std": result.std("auc")}
    assert told["arms"][0]["default"]["parameters"] == tuning_settings.classifiers["logistic_regression"]


def test_tuned_is_never_worse_than_default_where_it_was_searched(tuned):
    for arm in tuned[2]["arms"]:
        assert arm["tuned"]["search"] >= arm["default"]["search"]
        same = arm["tuned"]["parameters"] == arm["default"]["parameters"]
        assert arm["improved"] is not same
        gain = arm["untouched"]["auc"]["difference"]
        assert gain["low"] <= gain["estimate"] <= gain["high"]
        assert gain["estimate"] == pytest.approx(
            arm["untouched"]["auc"]["first"] - arm["untouched"]["auc"]["second"]
        )


def test_the_file_tells_the_trials_and_what_was_asked(tuned):
    _, folder, told = tuned
    assert json.loads((folder / TUNING_FILE).read_text()) == json.loads(json.dumps(told))
    assert told["budget"] == {"trials": 4, "minutes": None}
    assert told["trials"] == {"complete": 8, "pruned": 0, "failed": 0}
    assert told["seconds"] == pytest.approx(sum(arm["seconds"] for arm in told["arms"]))
    assert told["seconds"] > 0
    assert (told["metric"], told["folds"], told["repeats"]) == ("average_precision", 3, 1)


def test_the_settings_file_trains_with_the_tuned_parameters(tuned, tuning_settings):
    _, folder, told = tuned
    settings = load_settings(folder / SETTINGS_FILE)
    for arm in told["arms"]:
        assert settings.classifiers[arm["arm"]["classifier"]] == arm["tuned"]["parameters"]
    assert settings.model_copy(update={"classifiers": {}}) == tuning_settings.model_copy(
        update={"classifiers": {}}
    )
    assert settings.classifiers["xgboost"] == tuning_settings.classifiers["xgboost"]


def test_the_same_seed_gives_the_same_result_even_after_an_interrupt(
    tuned, quick_dataset, tuning_settings, tmp_path, monkeypatch
):
    judged, scores = [], Objective.scores

    def interrupted(self, parameters):
        judged.append(parameters)
        if len(judged) == 4:
            raise KeyboardInterrupt
        return scores(self, parameters)

    with monkeypatch.context() as patch:
        patch.setattr(Objective, "scores", interrupted)
        with pytest.raises(KeyboardInterrupt):
            tune_on(quick_dataset, [LOGISTIC, SMOTE], tuning_settings, tmp_path)
    assert read_tuning(tmp_path) is None
    told = tune_on(quick_dataset, [LOGISTIC, SMOTE], tuning_settings, tmp_path)
    assert told["trials"].pop("failed") == told["arms"][0]["trials"].pop("failed") == 1
    expected = json.loads(json.dumps(without_seconds(tuned[2])))
    del expected["trials"]["failed"], expected["arms"][0]["trials"]["failed"]
    assert without_seconds(told) == expected


def test_a_finished_search_is_found_again_and_more_trials_go_on(
    tuned, quick_dataset, tuning_settings, tmp_path, monkeypatch
):
    arms = [LOGISTIC]
    first = tune_on(quick_dataset, arms, tuning_settings, tmp_path)
    written = (tmp_path / TUNING_FILE).stat().st_mtime_ns
    with monkeypatch.context() as patch:
        patch.setattr(Objective, "scores", lambda *_: pytest.fail("a trial was judged"))
        assert tune_on(quick_dataset, arms, tuning_settings, tmp_path) == json.loads(json.dumps(first))
    assert (tmp_path / TUNING_FILE).stat().st_mtime_ns == written
    more = tuning_settings.tuning.model_copy(update={"trials": 5})
    wider = tuning_settings.model_copy(update={"tuning": more})
    assert tune_on(quick_dataset, arms, wider, tmp_path)["trials"]["complete"] == 5
    assert tune_on(quick_dataset, arms, tuning_settings, tmp_path, anew=True)["trials"]["complete"] == 4


def test_time_is_shared_by_the_arms(quick_dataset, tuning_settings, tmp_path):
    def clock():
        clock.now += 15.0
        return clock.now

    clock.now = 0.0
    tuning = tuning_settings.tuning.model_copy(update={"trials": None, "minutes": 1.0})
    wanted = tuning_settings.model_copy(update={"tuning": tuning})
    told = tune_on(quick_dataset, [LOGISTIC, SMOTE], wanted, tmp_path, clock=clock)
    # Half a minute each, and each trial takes a quarter of one.
    assert [arm["trials"]["complete"] for arm in told["arms"]] == [2, 2]
    assert told["seconds"] == 60.0


def test_tuning_changes_neither_the_run_s_name_nor_the_latest_run(tuned, tuning_settings, tmp_path):
    runs, folder, told = tuned
    assert latest_run(runs) is None
    write_run(runs / "one", {"run": "one"}, {}, "# One")
    os.utime(runs / "one" / RUN_FILE, (1, 1))
    write_tuning(folder, told, load_settings(folder / SETTINGS_FILE))
    assert latest_run(runs) == runs / "one"
    more = tuning_settings.tuning.model_copy(update={"trials": 99, "folds": 7})
    assert run_name("f" * 64, tuning_settings) == run_name(
        "f" * 64, tuning_settings.model_copy(update={"tuning": more})
    )


def test_a_folder_belongs_to_a_dataset_a_split_and_the_search_s_folds(tuning_settings, tmp_path):
    def folder(fingerprint="f" * 64, tuning=None, **changed):
        values = {"tuning": tuning_settings.tuning.model_copy(update=tuning or {}), **changed}
        return tuning_folder(tmp_path, fingerprint, tuning_settings.model_copy(update=values))

    assert folder() == folder(tuning={"trials": 9, "minutes": 2.0, "arms": ("none+xgboost",)}, threads=5)
    assert folder() == folder(classifiers={})
    others = [folder("e" * 64), folder(seed=1), folder(tuning={"folds": 4}), folder(champion_by="auc")]
    assert len({folder(), *others}) == 5


def test_only_one_search_of_a_folder_at_a_time(tmp_path):
    with (
        search_lock(tmp_path),
        pytest.raises(RunError, match="is tuning here"),
        search_lock(tmp_path),
    ):
        pass
    with search_lock(tmp_path):
        assert (tmp_path / ".lock").exists()


def test_the_evaluation_tells_what_the_champion_uses(tuned, tmp_path):
    _, folder, told = tuned
    arm = told["arms"][1]
    section = tuning_section(folder, arm["arm"], arm["tuned"]["parameters"])
    assert section["tuning_missing"] is None
    assert section["tuning"]["champion_uses"] == ("tuned" if arm["improved"] else "both")
    assert section["tuning"]["trials"] == told["trials"]
    other = tuning_section(folder, arm["arm"], {"n_estimators": 1})
    assert other["tuning"]["champion_uses"] == "neither"
    stranger = {"sampler": "none", "classifier": "xgboost"}
    assert tuning_section(folder, stranger, {})["tuning"]["champion_uses"] == "neither"
    missing = tuning_section(tmp_path, arm["arm"], {})
    assert missing["tuning"] is None
    assert "no finished search" in missing["tuning_missing"]


def test_a_file_of_another_version_is_not_read(tuned, tmp_path):
    _, _, told = tuned
    (tmp_path / TUNING_FILE).write_text(json.dumps({**told, "format": 0}))
    assert read_tuning(tmp_path) is None


def test_of_two_arms_with_one_classifier_the_better_one_gives_the_parameters(quick_settings):
    worse = replace(found(Arm("smote", "lightgbm"), 0.7, 0.75), best={"C": 5.0})
    better = found(Arm("none", "lightgbm"), 0.7, 0.8)
    for both in ([worse, better], [better, worse]):
        assert tuned_settings(both, quick_settings).classifiers["lightgbm"] == {"C": 2.0}
    less = [replace(one, metric="brier_calibrated") for one in (worse, better)]
    by_brier = quick_settings.model_copy(update={"champion_by": "brier_calibrated"})
    assert tuned_settings(less, by_brier).classifiers["lightgbm"] == {"C": 0.1}


def test_the_default_stays_when_no_trial_beats_it():
    assert found(LOGISTIC, 0.8, 0.7).tuned == {"C": 0.1}
    assert found(LOGISTIC, 0.8, 0.7).tuned_value == 0.8
    assert found(LOGISTIC, 0.15, 0.14, "brier_calibrated").tuned == {"C": 2.0}


def test_an_arm_without_parameters_to_start_from_is_told(quick_settings, tmp_path):
    wanted = quick_settings.model_copy(update={"classifiers": {"lightgbm": {}}})
    with pytest.raises(SettingsError, match=r"none\+extra_trees has no parameters to start from"):
        tune_module.tune(tmp_path, tmp_path, wanted, tmp_path)


def test_the_command_line_goes_before_the_file(tuning_settings):
    tuning = tuning_settings.tuning
    assert with_options(tuning_settings, None, None, ()).tuning == tuning
    minutes = with_options(tuning_settings, None, 2.5, ("none+xgboost",)).tuning
    assert (minutes.trials, minutes.minutes, minutes.arms) == (None, 2.5, ("none+xgboost",))
    assert with_options(tuning_settings, 7, 2.5, ()).tuning.trials == 7


@pytest.mark.parametrize(
    ("trials", "minutes", "arms", "message"),
    [
        (0, None, (), r"command line: trials: .*greater than or equal to 1"),
        (None, 0.0, (), r"command line: minutes: .*greater than 0"),
        (None, None, ("xgboost",), r"'xgboost' is not an arm"),
        (None, None, ("smote+logistic_regression",), r"is not resampled"),
    ],
)
def test_a_wrong_option_is_told_in_one_line(tuning_settings, trials, minutes, arms, message):
    with pytest.raises(SettingsError, match=message) as caught:
        with_options(tuning_settings, trials, minutes, arms)
    assert "\n" not in str(caught.value)


def test_the_table_fits_a_terminal_of_80_columns(tuned):
    _, _, told = tuned
    longest = {**told["arms"][1], "arm": {"sampler": "smoteenn", "classifier": "random_forest"}}
    page = io.StringIO()
    Console(width=80, file=page).print(tuning_view({**told, "arms": [told["arms"][0], longest]}))
    lines = page.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    [row] = [line for line in lines if line.startswith("SMOTEENN random forest")]
    gain = longest["untouched"]["average_precision"]["difference"]
    assert f"{gain['estimate']:+.4f}".replace("0.", ".", 1) in row
    assert "…" not in page.getvalue()

from __future__ import annotations

import itertools
import math

import pytest
from optuna.distributions import FloatDistribution
from optuna.trial import TrialState

from training.modelling.arms import Arm
from training.tuning.study import (
    LEAST_FOLDS,
    STARTUP_TRIALS,
    Budget,
    default_value,
    finished_trials,
    open_storage,
    open_study,
    search,
    study_name,
)

SPACE = {"C": FloatDistribution(1e-3, 100.0, log=True)}
OWN = {"C": 0.1, "max_iter": 500}
# The first is the easiest: a pruner that looks at a trial's best report would never stop one.
FOLDS = (0.2, -0.1, -0.1)


class Hill:
    """Scores that are best at C = 1; interrupts itself when a given number of folds was judged."""

    folds = len(FOLDS)

    def __init__(self, interrupt_at=None):
        self.judged = []
        self.interrupt_at = interrupt_at

    def scores(self, parameters):
        assert parameters["max_iter"] == OWN["max_iter"]
        for offset in FOLDS:
            if len(self.judged) == self.interrupt_at:
                raise KeyboardInterrupt
            self.judged.append(parameters["C"])
            yield offset - math.log10(parameters["C"]) ** 2


def run(path, objective, budget, seed=5, clock=None, metric="auc", told=None):
    study = open_study(open_storage(path), "hill", metric)
    ticks = itertools.count()
    advance = (lambda _: None) if told is None else told.append
    search(study, objective, SPACE, OWN, budget, seed, clock or (lambda: next(ticks)), advance)
    return study


def tried(study):
    return [(trial.params["C"], trial.state.name) for trial in finished_trials(study)]


def test_an_interrupted_study_goes_on_as_if_it_had_not_been(tmp_path):
    whole = run(tmp_path / "whole", Hill(), Budget(25, None))
    for folds_until_interrupt in (1, 20, 31):
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path / "halves", Hill(folds_until_interrupt), Budget(25, None))
    resumed = run(tmp_path / "halves", Hill(), Budget(25, None))
    assert tried(resumed) == tried(whole)
    assert len(resumed.get_trials(states=(TrialState.FAIL,))) == 3


def test_a_trial_that_a_killed_process_began_is_tried_again(tmp_path):
    whole = run(tmp_path / "whole", Hill(), Budget(13, None))
    killed = run(tmp_path / "killed", Hill(), Budget(12, None))
    killed.ask(SPACE)
    assert tried(run(tmp_path / "killed", Hill(), Budget(13, None))) == tried(whole)


def test_a_half_written_line_is_cut_off(tmp_path):
    before = tried(run(tmp_path / "torn", Hill(), Budget(4, None)))
    with (tmp_path / "torn").open("a") as journal:
        journal.write('{"op_code": 5, "wor')
    after = run(tmp_path / "torn", Hill(), Budget(6, None))
    assert tried(after)[:4] == before
    assert len(tried(after)) == 6


def test_the_same_seed_tries_the_same_and_another_seed_does_not(tmp_path):
    one, again, other = (
        run(tmp_path / name, Hill(), Budget(15, None), seed)
        for name, seed in (("one", 1), ("again", 1), ("other", 2))
    )
    assert tried(one) == tried(again)
    assert tried(one)[1:] != tried(other)[1:]


def test_the_first_trial_starts_from_the_settings_own_parameters(tmp_path):
    study = run(tmp_path / "first", Hill(), Budget(2, None))
    assert tried(study)[0] == (0.1, "COMPLETE")


def test_bad_trials_are_stopped_before_their_last_fold(tmp_path):
    objective = Hill()
    study = run(tmp_path / "pruned", objective, Budget(40, None))
    states = [trial.state for trial in finished_trials(study)]
    assert TrialState.PRUNED not in states[:STARTUP_TRIALS]
    pruned = study.get_trials(states=(TrialState.PRUNED,))
    assert len(pruned) >= 5
    assert {len(trial.intermediate_values) for trial in pruned} == {LEAST_FOLDS}
    assert all("seconds" in trial.user_attrs for trial in pruned)
    assert len(objective.judged) == 40 * len(FOLDS) - len(pruned)
    # No trial is stopped that lies nearer to the best than every one that was kept.
    kept = study.get_trials(states=(TrialState.COMPLETE,))
    nearest = min(abs(math.log10(trial.params["C"])) for trial in kept)
    assert all(abs(math.log10(trial.params["C"])) > nearest for trial in pruned)


def test_a_budget_in_time_ends_between_trials_and_counts_earlier_processes(tmp_path):
    # Every look at the clock is ten seconds later, so that a trial takes ten.
    def clock():
        return next(clock.ticks) * 10.0

    clock.ticks = itertools.count()
    assert len(tried(run(tmp_path / "time", Hill(), Budget(None, 35.0), clock=clock))) == 4
    assert len(tried(run(tmp_path / "time", Hill(), Budget(None, 35.0), clock=clock))) == 4
    assert len(tried(run(tmp_path / "time", Hill(), Budget(None, 55.0), clock=clock))) == 6
    assert len(tried(run(tmp_path / "time", Hill(), Budget(7, 1000.0), clock=clock))) == 7


def test_a_used_up_budget_judges_nothing_more_and_shows_what_is_there(tmp_path):
    run(tmp_path / "done", Hill(), Budget(3, None))
    objective, told = Hill(), []
    run(tmp_path / "done", objective, Budget(3, None), told=told)
    assert objective.judged == []
    assert len(told) == 3
    assert told[0].startswith("best -")


def test_a_metric_of_which_less_is_better_is_minimised(tmp_path):
    study = run(tmp_path / "brier", Hill(), Budget(12, None), metric="brier_calibrated")
    assert study.best_value == min(trial.value for trial in finished_trials(study) if trial.value is not None)


def test_the_default_is_judged_once_in_a_study_s_life(tmp_path):
    objective = Hill()
    study = open_study(open_storage(tmp_path / "default"), "hill", "auc")
    assert default_value(study, objective, OWN) == pytest.approx(-1.0)
    again = open_study(open_storage(tmp_path / "default"), "hill", "auc")
    assert default_value(again, objective, OWN) == pytest.approx(-1.0)
    assert len(objective.judged) == len(FOLDS)


def test_a_study_is_named_by_what_is_searched_and_from_where():
    arm = Arm("none", "logistic_regression")
    name = study_name(arm, SPACE, OWN)
    assert name.startswith("none+logistic_regression-")
    assert study_name(arm, {"C": FloatDistribution(1e-3, 10.0, log=True)}, OWN) != name
    assert study_name(arm, SPACE, {"C": 1.0}) != name

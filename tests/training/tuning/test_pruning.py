from __future__ import annotations

import optuna
import pytest
from optuna.distributions import IntDistribution
from optuna.trial import TrialState, create_trial

from training.tuning.pruning import SameFoldsPruner

SPACE = {"depth": IntDistribution(1, 9)}


def finished(reports):
    """A trial of these reports, stopped when there are fewer than three."""
    state = TrialState.COMPLETE if len(reports) == 3 else TrialState.PRUNED
    return create_trial(
        state=state,
        value=reports[-1],
        params={"depth": 3},
        distributions=SPACE,
        intermediate_values=dict(enumerate(reports)),
    )


def study_of(direction, startup_trials=3):
    study = optuna.create_study(direction=direction, pruner=SameFoldsPruner(startup_trials, 2))
    # Medians: 0.9, 0.6 and, of two trials, 0.5.
    study.add_trials([finished(reports) for reports in ([0.9, 0.5, 0.4], [0.9, 0.7, 0.6], [0.9, 0.6])])
    return study


@pytest.mark.parametrize(
    ("direction", "reports", "stopped"),
    [
        ("maximize", [0.1], False),  # one fold is too few
        ("maximize", [0.9, 0.59], True),
        ("maximize", [0.9, 0.6], False),  # the median itself
        ("maximize", [0.1, 0.61], False),  # the first fold's report does not count any more
        ("maximize", [0.9, 0.9, 0.49], True),
        ("minimize", [0.9, 0.61], True),
        ("minimize", [0.9, 0.6], False),
    ],
)
def test_a_trial_is_stopped_below_the_median_on_the_same_folds(direction, reports, stopped):
    trial = study_of(direction).ask(SPACE)
    for step, value in enumerate(reports):
        trial.report(value, step)
    assert trial.should_prune() is stopped


def test_none_is_stopped_before_enough_have_finished():
    trial = study_of("maximize", startup_trials=4).ask(SPACE)
    trial.report(0.0, 0)
    trial.report(0.0, 1)
    assert trial.should_prune() is False

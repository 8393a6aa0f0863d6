"""One arm's search: an Optuna study that goes on where it stopped.

A trial's draw depends on the seed and on the trials finished before it, nothing else. An interrupted study
that goes on therefore tries the same parameters as one that was never interrupted.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from optuna.distributions import distribution_to_json
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend, JournalFileSymlinkLock
from optuna.trial import FrozenTrial, TrialState

from serving.card.metric_direction import LOWER_IS_BETTER
from training.modelling.arms import Arm
from training.progress import Advance
from training.tuning.objective import Objective
from training.tuning.pruning import SameFoldsPruner
from training.tuning.search_space import Space, starting_point

STARTUP_TRIALS = 10
"""Trials drawn at random before the search learns from them, and finished ones before any is stopped."""
LEAST_FOLDS = 2
"""Folds that every trial is judged on before it may be stopped."""
LOCK_SECONDS = 3
"""After this time a lock on the journal counts as a dead process's; the folder's lock excludes others."""

SECONDS = "seconds"
DEFAULT = "default"

Clock = Callable[[], float]


@dataclass(frozen=True)
class Budget:
    """When a study ends; whichever comes first.

    Attributes
    ----------
    trials : int or None
    seconds : float or None
        Sum over the trials, whichever process ran them.
    """

    trials: int | None
    seconds: float | None

    def left(self, finished: list[FrozenTrial]) -> bool:
        """Whether another trial may begin."""
        if self.trials is not None and len(finished) >= self.trials:
            return False
        return self.seconds is None or sum(map(seconds_of, finished)) < self.seconds


def open_storage(path: Path) -> JournalStorage:
    """The journal of all studies of a folder; the folder's lock excludes other writers.

    A line that a crash left half written is cut off: Optuna would append to it.
    """
    if path.exists():
        content = path.read_bytes()
        with path.open("r+b") as journal:
            journal.truncate(content.rfind(b"\n") + 1)
    lock = JournalFileSymlinkLock(str(path), grace_period=LOCK_SECONDS)
    return JournalStorage(JournalFileBackend(str(path), lock_obj=lock))


def study_name(arm: Arm, space: Space, parameters: Mapping[str, Any]) -> str:
    """The arm, and a fingerprint of what is searched and from where."""
    searched = {
        "space": {name: distribution_to_json(distribution) for name, distribution in space.items()},
        "parameters": dict(parameters),
        "startup": STARTUP_TRIALS,
        "least_folds": LEAST_FOLDS,
    }
    digest = hashlib.sha256(json.dumps(searched, sort_keys=True).encode()).hexdigest()
    return f"{arm.name}-{digest[:8]}"


def open_study(storage: JournalStorage, name: str, metric: str) -> optuna.Study:
    """The study of this name, created if needed; unfinished trials of a dead process count as failed."""
    study = optuna.create_study(
        storage=storage,
        study_name=name,
        direction="minimize" if metric in LOWER_IS_BETTER else "maximize",
        load_if_exists=True,
        pruner=SameFoldsPruner(STARTUP_TRIALS, LEAST_FOLDS),
    )
    for trial in study.get_trials(states=(TrialState.RUNNING,)):
        study.tell(trial.number, state=TrialState.FAIL)
    return study


def finished_trials(study: optuna.Study) -> list[FrozenTrial]:
    """Trials that were judged on every fold or stopped early; failed ones do not count."""
    return study.get_trials(states=(TrialState.COMPLETE, TrialState.PRUNED))


def seconds_of(trial: FrozenTrial) -> float:
    """How long a trial took."""
    return float(trial.user_attrs[SECONDS])


def default_value(study: optuna.Study, objective: Objective, parameters: Mapping[str, Any]) -> float:
    """Score of the settings' own parameters on the search's folds, computed once per study."""
    if DEFAULT not in study.user_attrs:
        study.set_user_attr(DEFAULT, float(np.mean(list(objective.scores(parameters)))))
    return float(study.user_attrs[DEFAULT])


def search(
    study: optuna.Study,
    objective: Objective,
    space: Space,
    parameters: Mapping[str, Any],
    budget: Budget,
    seed: int,
    clock: Clock,
    advance: Advance = lambda _: None,
) -> None:
    """Run trials until the budget is used up; at least one.

    Parameters
    ----------
    study : Study
        May hold trials already.
    objective : Objective
    space : mapping of str to distribution
    parameters : mapping
        The settings' own: what is not searched stays so, and the first trial starts from them.
    budget : Budget
    seed : int
    clock : callable
        Seconds that only ever grow.
    advance : callable
        Called with the best value so far for each finished trial, those of an earlier process among them.
    """
    for _ in finished_trials(study):
        advance(best_so_far(study))
    while budget.left(done := finished_trials(study)):
        if not done and not study.get_trials(states=(TrialState.WAITING,)):
            study.enqueue_trial(starting_point(space, parameters))
        draw = int(np.random.SeedSequence([seed, len(done)]).generate_state(1)[0])
        study.sampler = optuna.samplers.TPESampler(
            seed=draw, n_startup_trials=STARTUP_TRIALS, multivariate=True
        )
        _try(study, objective, study.ask(dict(space)), parameters, clock)
        advance(best_so_far(study))


def _try(
    study: optuna.Study,
    objective: Objective,
    trial: optuna.Trial,
    parameters: Mapping[str, Any],
    clock: Clock,
) -> None:
    start = clock()
    try:
        value = _value(objective, trial, {**parameters, **trial.params})
    except BaseException:
        study.tell(trial, state=TrialState.FAIL)
        raise
    trial.set_user_attr(SECONDS, clock() - start)
    study.tell(trial, value, state=TrialState.PRUNED if value is None else TrialState.COMPLETE)


def _value(objective: Objective, trial: optuna.Trial, parameters: Mapping[str, Any]) -> float | None:
    """Mean over the folds; None when the trial is stopped before the last."""
    found: list[float] = []
    with closing(objective.scores(parameters)) as scores:
        for step, value in enumerate(scores):
            found.append(value)
            trial.report(float(np.mean(found)), step)
            if step + 1 < objective.folds and trial.should_prune():
                return None
    return float(np.mean(found))


def best_so_far(study: optuna.Study) -> str:
    """The best value as progress shows it."""
    complete = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    return f"best {study.best_value:.4f}" if complete else ""

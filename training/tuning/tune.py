"""The wiring of tuning: from a lake to ``tuning.json`` and a settings file with the tuned parameters."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import optuna
from optuna.storages import JournalStorage
from optuna.trial import TrialState
from rich.console import Console

from serving.card.metric_direction import LOWER_IS_BETTER
from serving.model.customers import Customers
from training.dataset.point_in_time import Dataset
from training.dataset.pull import pull_dataset
from training.dataset.split import split_rows
from training.dataset.standing_champion import parts_before
from training.errors import SettingsError
from training.modelling.arms import Arm, arm_named
from training.progress import progress_bar
from training.settings.cohorts import CohortSettings
from training.settings.settings import Settings
from training.tuning.compare import SearchResult, default_and_tuned
from training.tuning.folder import (
    SETTINGS_FILE,
    TRIALS_FILE,
    TUNING_FORMAT,
    read_tuning,
    search_lock,
    tuning_folder,
    write_tuning,
)
from training.tuning.objective import Objective, SearchPart, search_folds
from training.tuning.search_space import SPACES
from training.tuning.study import (
    Budget,
    Clock,
    default_value,
    finished_trials,
    open_storage,
    open_study,
    search,
    seconds_of,
    study_name,
)


def tune(
    repo: Path, lake: Path, settings: Settings, runs: Path, anew: bool = False, console: Console | None = None
) -> tuple[Path, dict[str, Any]]:
    """Search for better parameters of every arm, or go on with the search that was interrupted.

    Parameters
    ----------
    repo, lake : Path
    settings : Settings
        ``tuning`` has the budget and the arms.
    runs : Path
        Where run folders lie.
    anew : bool
        Forget the trials that are there.
    console : Console, optional
        Shows progress.

    Returns
    -------
    Path
        Folder of ``tuning.json`` and ``settings.yaml``.
    dict
        See :func:`tune_on`.

    Raises
    ------
    TrainingError
    """
    arms = _arms(settings)
    history, dataset, suited, *_ = pull_dataset(repo, lake, settings, console)
    folder = tuning_folder(runs, dataset.fingerprint, suited)
    parts = parts_before(history.base)
    with search_lock(folder):
        tuning = tune_on(
            dataset, arms, suited, folder, anew, console, parts=parts, asked_cohorts=settings.cohorts
        )
    return folder, tuning


def tune_on(
    dataset: Dataset,
    arms: Sequence[Arm],
    settings: Settings,
    folder: Path,
    anew: bool = False,
    console: Console | None = None,
    clock: Clock = time.monotonic,
    parts: Customers | None = None,
    asked_cohorts: CohortSettings | None = None,
) -> dict[str, Any]:
    """:func:`tune` on a dataset that has been pulled already.

    The split keeps ``parts``, those of the champion of this base. ``asked_cohorts`` go into the settings file
    in place of those that suit a young history.

    Returns
    -------
    dict
        What ``tuning.json`` holds: ``format``; ``dataset_fingerprint``; ``metric``: what is searched for;
        ``seed``; ``split``; ``folds`` and ``repeats`` of the search; ``budget``: ``{"trials", "minutes"}``;
        ``trials`` and ``seconds``: of all arms; ``arms``: see
        :func:`training.tuning.compare.default_and_tuned`.
    """
    customers = dataset.keys["customerID"].tolist()
    splits = split_rows(customers, dataset.churned, settings.split, settings.seed, parts)
    part = SearchPart(dataset, splits, search_folds(dataset, splits, settings), settings)
    folder.mkdir(parents=True, exist_ok=True)
    if anew:
        (folder / TRIALS_FILE).unlink(missing_ok=True)
    storage = open_storage(folder / TRIALS_FILE)
    results = [_search_arm(arm, part, storage, settings, console, clock) for arm in arms]
    before = read_tuning(folder)
    if before is not None and _same_trials(before, results) and (folder / SETTINGS_FILE).is_file():
        return before
    with progress_bar("default and tuned", len(results), console) as advance:
        arms_compared = []
        for result in results:
            arms_compared.append(default_and_tuned(result, dataset, splits, settings))
            advance(result.arm.name)
    tuning = _tuning_json(dataset, arms_compared, settings)
    asked = settings.model_copy(update={"cohorts": asked_cohorts or settings.cohorts})
    write_tuning(folder, tuning, tuned_settings(results, asked))
    return tuning


def _arms(settings: Settings) -> list[Arm]:
    arms = [arm_named(name) for name in dict.fromkeys(settings.tuning.arms)]
    for arm in arms:
        if arm.classifier not in settings.classifiers:
            raise SettingsError(
                f"tuning.arms: {arm.name} has no parameters to start from; "
                f"name {arm.classifier} in classifiers"
            )
    return arms


def _search_arm(
    arm: Arm,
    part: SearchPart,
    storage: JournalStorage,
    settings: Settings,
    console: Console | None,
    clock: Clock,
) -> SearchResult:
    parameters, space = settings.classifiers[arm.classifier], SPACES[arm.classifier]
    name = study_name(arm, space, parameters)
    study = open_study(storage, name, settings.champion_by)
    budget = _budget_per_arm(settings)
    objective = Objective(arm, part, settings)
    with progress_bar(f"tuning {arm.name}", budget.trials, console) as advance:
        value = default_value(study, objective, parameters)
        search(study, objective, space, parameters, budget, settings.seed, clock, advance)
    return _search_result(arm, name, study, value, settings)


def _budget_per_arm(settings: Settings) -> Budget:
    """Every arm's equal share of the time, and its trials."""
    minutes = settings.tuning.minutes
    arms = len(set(settings.tuning.arms))
    return Budget(settings.tuning.trials, None if minutes is None else minutes * 60 / arms)


def _search_result(
    arm: Arm, name: str, study: optuna.Study, value: float, settings: Settings
) -> SearchResult:
    parameters = settings.classifiers[arm.classifier]
    best = study.best_trial
    states = [trial.state for trial in study.get_trials(deepcopy=False)]
    counted = {"complete": TrialState.COMPLETE, "pruned": TrialState.PRUNED, "failed": TrialState.FAIL}
    return SearchResult(
        arm=arm,
        study=name,
        default=parameters,
        best={**parameters, **best.params},
        default_value=value,
        best_value=study.best_value,
        trials={name: states.count(state) for name, state in counted.items()},
        seconds=sum(map(seconds_of, finished_trials(study))),
        metric=settings.champion_by,
    )


def _same_trials(before: dict[str, Any], results: Sequence[SearchResult]) -> bool:
    """Whether the file holds exactly these trials."""
    earlier = [(arm["study"], arm["trials"], arm["seconds"]) for arm in before["arms"]]
    return earlier == [(result.study, dict(result.trials), result.seconds) for result in results]


def _tuning_json(dataset: Dataset, arms_compared: list[dict[str, Any]], settings: Settings) -> dict[str, Any]:
    kinds = ("complete", "pruned", "failed")
    return {
        "format": TUNING_FORMAT,
        "dataset_fingerprint": dataset.fingerprint,
        "metric": settings.champion_by,
        "seed": settings.seed,
        "split": settings.split.model_dump(mode="json"),
        "folds": settings.tuning.folds,
        "repeats": settings.tuning.repeats,
        "budget": {"trials": settings.tuning.trials, "minutes": settings.tuning.minutes},
        "trials": {kind: sum(arm["trials"][kind] for arm in arms_compared) for kind in kinds},
        "seconds": sum(arm["seconds"] for arm in arms_compared),
        "arms": arms_compared,
    }


def tuned_settings(results: Sequence[SearchResult], settings: Settings) -> Settings:
    """The settings with the tuned parameters of every classifier that was searched.

    Of two arms with the same classifier, those of the arm that is better on the search's folds.
    """
    classifiers = dict(settings.classifiers)
    sign = 1 if settings.champion_by in LOWER_IS_BETTER else -1
    for result in sorted(results, key=lambda result: -sign * result.tuned_value):
        classifiers[result.arm.classifier] = dict(result.tuned)
    return settings.model_copy(update={"classifiers": classifiers})

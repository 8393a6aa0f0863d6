"""The wiring of the evaluation: from a finished run to its ``evaluation.json``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console

from serving.registry.model_files import load_metadata, load_model
from training.audit.audit import audit_section
from training.dataset.history import read_history
from training.dataset.pull import pull_dataset
from training.dataset.split import split_rows
from training.errors import CohortError
from training.evaluation.comparison import compared
from training.evaluation.criteria import criteria_section
from training.evaluation.explanations import explanations_section
from training.evaluation.fairness import fairness_section
from training.evaluation.headline import headline
from training.evaluation.judged import Judged, judge, out_of_fold, refit
from training.evaluation.learning_curve import learning_curve
from training.evaluation.out_of_time import cohort_settings, out_of_time_section
from training.evaluation.published import protocols_section
from training.evaluation.ranking import curves_section, lift_section, reliability_section
from training.evaluation.thresholds import thresholds_section
from training.metrics.profit import customer_value, profit_section
from training.modelling.arms import Arm
from training.modelling.out_of_fold import read_results
from training.pipeline import RunResult, run_on
from training.progress import progress_bar
from training.run_folder import EVALUATION_FORMAT, write_evaluation
from training.settings.settings import Settings
from training.tuning.folder import tuning_folder, tuning_section
from training.understanding.describe import understanding_section
from training.understanding.prepare import preparation_section


def evaluate(
    repo: Path, lake: Path, settings: Settings, runs: Path, console: Console | None = None
) -> tuple[RunResult, dict[str, Any]]:
    """Evaluate the run of these settings on this lake; train it when it is not there yet.

    Parameters
    ----------
    repo, lake : Path
    settings : Settings
    runs : Path
        Where run folders lie; ``evaluation.json`` is written into the run's.
    console : Console, optional
        Shows progress.

    Returns
    -------
    RunResult
    dict
        What ``evaluation.json`` holds: a section a name, each described where it is made.

    Raises
    ------
    TrainingError
    """
    history, dataset = pull_dataset(repo, lake, settings, console)
    found = run_on(history, dataset, settings, runs, console=console)
    splits = split_rows(dataset.keys["customerID"].tolist(), dataset.churned, settings.split, settings.seed)
    scores = pd.read_parquet(found.folder / "out_of_fold.parquet")
    results = read_results(scores, dataset, splits, settings.profit)
    tag = found.summary["model"]
    judged = judge(results, load_model(tag), dataset, splits, settings)
    evaluation: dict[str, Any] = {
        "format": EVALUATION_FORMAT,
        "run": found.folder.name,
        "model": {"tag": tag, "metadata": load_metadata(tag).model_dump(mode="json")},
        **figures(judged, console),
    }
    chosen = evaluation["thresholds"]["chosen"]
    evaluation |= _out_of_time(repo, lake, judged.champion, chosen, settings, console)
    parameters = settings.classifiers[judged.champion.classifier]
    searched = tuning_folder(runs, dataset.fingerprint, settings)
    evaluation |= tuning_section(searched, judged.champion.to_json(), parameters)
    write_evaluation(found.folder, evaluation)
    return found, evaluation


def figures(judged: Judged, console: Console | None = None) -> dict[str, Any]:
    """Every section that is computed from the run alone."""
    return {**_of_the_champion(judged, console), **_of_more_fits(judged, console)}


def _of_the_champion(judged: Judged, console: Console | None) -> dict[str, Any]:
    folds, untouched, settings = judged.cross_validation, judged.untouched, judged.settings
    with progress_bar("champion's figures", 4, console) as advance:
        thresholds = thresholds_section(folds, untouched, settings.decision, settings.profit)
        advance("thresholds")
        told = {
            "thresholds": thresholds,
            "headline": headline(folds, untouched, thresholds["chosen"], settings),
            "criteria": criteria_section(
                untouched, thresholds["chosen"], thresholds["precision_floor"]["threshold"], settings
            ),
        }
        advance("intervals")
        told |= {
            "lift": lift_section(untouched),
            "reliability": reliability_section(untouched),
            "curves": curves_section(untouched),
            "profit": profit_section(untouched, thresholds["chosen"], settings.profit),
        }
        advance("curves")
        told["fairness"] = fairness_section(
            untouched,
            judged.dataset.features.iloc[judged.splits.holdout.test],
            settings.evaluation.fairness_attributes,
            thresholds["chosen"],
            settings.evaluation.draws,
            settings.seed,
        )
        advance("fairness")
    return told


def _of_more_fits(judged: Judged, console: Console | None) -> dict[str, Any]:
    settings, folds = judged.settings, judged.splits.folds
    told: dict[str, Any] = {}
    with progress_bar("data and preparation", 2, console) as advance:
        told["understanding"] = understanding_section(judged.dataset, settings.seed)
        advance("data")
        told["preparation"] = preparation_section(judged.dataset, judged.splits.holdout, settings)
        advance("preparation")
    with progress_bar("leak audit", judged.dataset.features.shape[1], console) as advance:
        told["audit"] = audit_section(judged.dataset, settings.audit, settings.seed, advance)
    with progress_bar("champion and runner-up", 1, console) as advance:
        told["comparison"] = comparison(judged)
        advance("paired")
    published = len(settings.samplers) * len(settings.evaluation.published.classifiers)
    with progress_bar("published protocol", published + 1, console) as advance:
        told["protocols"] = protocols_section(
            judged.results, judged.dataset, judged.splits.holdout, settings, advance
        )
    with progress_bar("explanations", len(folds) + 1, console) as advance:
        told["explanations"] = explanations_section(judged, advance)
    shares = len(settings.evaluation.learning_shares)
    with progress_bar("learning curve", shares * len(folds), console) as advance:
        told["learning_curve"] = learning_curve(judged.champion, judged.dataset, folds, settings, advance)
    return told


def _out_of_time(
    repo: Path, lake: Path, arm: Arm, threshold: float | None, settings: Settings, console: Console | None
) -> dict[str, Any]:
    """``out_of_time``, or None for a base of too few dates, and then ``out_of_time_missing``: why."""
    if read_history(lake).labels_given:
        return {"out_of_time": None, "out_of_time_missing": "a snapshot has one date"}
    wanted = settings.model_copy(update={"cohorts": cohort_settings(settings)})
    try:
        history, dataset = pull_dataset(repo, lake, wanted, console)
        with progress_bar(
            "out of time", settings.evaluation.out_of_time.test_cohorts + 1, console
        ) as advance:
            told = out_of_time_section(arm, history, dataset, threshold, settings, advance)
    except CohortError as error:
        # A young history has too few cohorts yet: the other sections stand, and this one says why it is not
        # there.
        return {"out_of_time": None, "out_of_time_missing": str(error)}
    return {"out_of_time": told, "out_of_time_missing": None}


def comparison(judged: Judged) -> dict[str, Any]:
    """Champion and runner-up on the same rows.

    Returns
    -------
    dict
        ``champion`` and ``runner_up``: ``{"sampler", "classifier"}``; ``cross_validation`` and
        ``untouched``: see :func:`training.evaluation.comparison.compared`, ``first`` being the champion.
        None when there is one arm.
    """
    if len(judged.results) < 2:
        return {"champion": judged.champion.to_json(), "runner_up": None}
    second = judged.results[1]
    value = customer_value(judged.dataset.features, judged.settings.profit)
    other = out_of_fold(second, judged.dataset, judged.splits, value)
    return {
        "champion": judged.champion.to_json(),
        "runner_up": second.arm.to_json(),
        "cross_validation": compared(judged.cross_validation, other, judged.settings),
        "untouched": compared(judged.untouched, refit(second, judged), judged.settings),
    }

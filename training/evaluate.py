"""The wiring of the evaluation: from a finished run to its ``evaluation.json``."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console

from serving.registry.model_files import load_metadata, load_model, registered_model
from serving.settings import load_settings
from training.audit.audit import absent_band_columns, audit_section
from training.dataset.history import read_history
from training.dataset.pull import pull_dataset
from training.dataset.split import split_rows
from training.errors import ArmError, CohortError
from training.evaluation.comparison import paired_comparison
from training.evaluation.criteria import criteria_section
from training.evaluation.explanations import explanations_section
from training.evaluation.fairness import fairness_section
from training.evaluation.goals import goals_section
from training.evaluation.headline import headline
from training.evaluation.learning_curve import learning_curve
from training.evaluation.out_of_time import cohort_settings, out_of_time_section
from training.evaluation.published import protocols_section
from training.evaluation.ranking import curves_section, lift_section, reliability_section
from training.evaluation.scored_run import ScoredRun, score_out_of_fold, score_run, score_untouched
from training.evaluation.strategies import strategies_section
from training.evaluation.thresholds import thresholds_section
from training.metrics.profit import profit_section
from training.metrics.scored import Scored
from training.modelling.arms import ArmResult, LeftOut
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
    ServingError
        Files of goals, campaigns or settings of serving cannot be read.
    """
    deciding, goals = load_settings(), goals_section()  # what is wrong there fails before anything is fitted
    pulled = pull_dataset(repo, lake, settings, console)
    _, dataset, settings, *_ = pulled
    absent_band_columns(dataset, settings.audit)  # wrong settings fail before anything is fitted
    found = run_on(pulled, runs, console=console)
    customers = dataset.keys["customerID"].tolist()
    parts = registered_model(found.summary["model"]).customers()
    splits = split_rows(customers, dataset.churned, settings.split, settings.seed, parts)
    scores = pd.read_parquet(found.folder / "out_of_fold.parquet")
    results = read_results(scores, dataset, splits, settings.profit)
    tag = found.summary["model"]
    metadata = load_metadata(tag)
    run = score_run(results, load_model(tag), dataset, splits, settings)
    evaluation: dict[str, Any] = {
        "format": EVALUATION_FORMAT,
        "run": found.folder.name,
        "model": {"tag": tag, "metadata": metadata.model_dump(mode="json")},
        "goals": goals,
        "strategies": strategies_section(run, metadata.thresholds, deciding, datetime.now(UTC)),
        **run_sections(run, console),
    }
    chosen = evaluation["thresholds"]["chosen"]
    evaluation |= _out_of_time(repo, lake, run, chosen, console)
    parameters = settings.classifiers[run.champion.classifier]
    searched = tuning_folder(runs, dataset.fingerprint, settings)
    evaluation |= tuning_section(searched, run.champion.to_json(), parameters)
    write_evaluation(found.folder, evaluation)
    return found, evaluation


def run_sections(run: ScoredRun, console: Console | None = None) -> dict[str, Any]:
    """Every section that is computed from the run alone."""
    return {**_champion_sections(run, console), **_other_sections(run, console)}


def _champion_sections(run: ScoredRun, console: Console | None) -> dict[str, Any]:
    folds, untouched, settings = run.cross_validation, run.untouched, run.valued_settings
    with progress_bar("champion's figures", 4, console) as advance:
        thresholds = thresholds_section(folds, untouched, settings.decision, settings.profit)
        advance("thresholds")
        sections = {
            "thresholds": thresholds,
            "headline": headline(folds, untouched, thresholds["chosen"], settings),
            "criteria": criteria_section(
                untouched, thresholds["chosen"], thresholds["precision_floor"]["threshold"], settings
            ),
        }
        advance("intervals")
        sections |= {
            "lift": lift_section(untouched),
            "reliability": reliability_section(untouched),
            "curves": curves_section(untouched),
            "profit": {
                **profit_section(untouched, thresholds["chosen"], settings.profit),
                "value_measured": run.value_measured,
            },
        }
        advance("curves")
        sections["fairness"] = fairness_section(
            untouched,
            run.dataset.features.iloc[run.splits.holdout.test],
            settings.evaluation.fairness_attributes,
            thresholds["chosen"],
            settings.evaluation.draws,
            settings.seed,
        )
        advance("fairness")
    return sections


def _other_sections(run: ScoredRun, console: Console | None) -> dict[str, Any]:
    settings, folds = run.settings, run.splits.folds
    sections: dict[str, Any] = {}
    with progress_bar("data and preparation", 2, console) as advance:
        sections["understanding"] = understanding_section(run.dataset, settings.seed)
        advance("data")
        sections["preparation"] = preparation_section(run.dataset, run.splits.holdout, settings)
        advance("preparation")
    with progress_bar("leak audit", run.dataset.features.shape[1], console) as advance:
        sections["audit"] = audit_section(run.dataset, settings.audit, settings.seed, advance)
    with progress_bar("champion and runner-up", 1, console) as advance:
        sections["comparison"] = comparison(run)
        advance("paired")
    published = len(settings.samplers) * len(settings.evaluation.published.classifiers)
    with progress_bar("published protocol", published + 1, console) as advance:
        sections |= _if_possible(
            "protocols",
            lambda: protocols_section(run.results, run.dataset, run.splits.holdout, settings, advance),
        )
    with progress_bar("explanations", len(folds) + 1, console) as advance:
        sections["explanations"] = explanations_section(run, advance)
    shares = len(settings.evaluation.learning_shares)
    with progress_bar("learning curve", shares * len(folds), console) as advance:
        sections |= _if_possible(
            "learning_curve", lambda: learning_curve(run.champion, run.dataset, folds, settings, advance)
        )
    return sections


def _if_possible(name: str, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """A section, or None in its place where these customers do not allow it, and then why."""
    try:
        return {name: make(), f"{name}_missing": None}
    except CohortError as error:
        return {name: None, f"{name}_missing": str(error)}


def _out_of_time(
    repo: Path, lake: Path, run: ScoredRun, threshold: float | None, console: Console | None
) -> dict[str, Any]:
    """``out_of_time``, or None for a base of too few dates, and then ``out_of_time_missing``: why."""
    if read_history(lake).labels_given:
        return {"out_of_time": None, "out_of_time_missing": "a snapshot has one date"}
    settings = run.valued_settings
    wanted = settings.model_copy(update={"cohorts": cohort_settings(settings)})
    tested = settings.evaluation.out_of_time.test_cohorts

    def section() -> dict[str, Any]:
        history, dataset, *_ = pull_dataset(repo, lake, wanted, console)
        with progress_bar("out of time", tested + 1, console) as advance:
            return out_of_time_section(
                run.champion, history, dataset, threshold, settings, run.model.survival, advance
            )

    # A young history has too few cohorts yet. The other sections stand; this one gives its reason.
    return _if_possible("out_of_time", section)


def comparison(run: ScoredRun) -> dict[str, Any]:
    """Champion and runner-up on the same rows.

    Returns
    -------
    dict
        ``champion`` and ``runner_up``: ``{"sampler", "classifier"}``; ``cross_validation`` and
        ``untouched``: see :func:`training.evaluation.comparison.paired_comparison`, ``first`` being the
        champion. ``runner_up`` is None, and the two are missing, when there is one arm; ``left_out``:
        ``[{"arm", "reason"}]``, better arms that cannot be fitted on the whole training part.
    """
    runner_up, untouched, left_out = _runner_up(run)
    if runner_up is None or untouched is None:
        return {"champion": run.champion.to_json(), "runner_up": None, "left_out": left_out}
    other = score_out_of_fold(runner_up, run.dataset, run.splits, run.cross_validation.value)
    return {
        "champion": run.champion.to_json(),
        "runner_up": runner_up.arm.to_json(),
        "left_out": left_out,
        "cross_validation": paired_comparison(run.cross_validation, other, run.valued_settings),
        "untouched": paired_comparison(run.untouched, untouched, run.valued_settings),
    }


def _runner_up(run: ScoredRun) -> tuple[ArmResult | None, Scored | None, list[dict[str, Any]]]:
    """The best arm but the champion that can be fitted on the training part, and its untouched scores."""
    left_out: list[dict[str, Any]] = []
    for result in run.results[1:]:
        try:
            value = run.untouched.value
            return result, score_untouched(result, run.dataset, run.splits, run.settings, value), left_out
        except ArmError as error:
            left_out.append(LeftOut(result.arm, str(error)).to_json())
    return None, None, left_out

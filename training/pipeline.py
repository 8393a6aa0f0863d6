"""The wiring: from a lake and an applied feature repo to a registered champion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console

from serving.errors import ModelError, PromotionRefused
from serving.model.encoding import Encoder
from serving.model.segments import Segments
from serving.registry.applied import Applied
from serving.registry.decisions import promote
from serving.registry.model_files import load_metadata, registered_model
from serving.registry.pointers import champion as current_champion
from serving.registry.promotion import to_promote
from serving.settings import Promotion, load_settings
from training.dataset.point_in_time import Dataset
from training.dataset.pull import Pulled, pull_dataset
from training.dataset.split import Splits, split_rows
from training.dataset.standing_champion import StandingChampion, standing_champion
from training.evaluation.against_champion import AgainstChampion, against_champion
from training.evaluation.scored_run import ScoredRun, score_run
from training.evaluation.thresholds import thresholds_section
from training.metrics.profit import customer_value, value_note
from training.modelling.arms import ArmResult, LeftOut, arms_of, arms_table, cross_validate, encode_fold
from training.modelling.champion import Champion, fit_champion
from training.modelling.out_of_fold import out_of_fold_table
from training.modelling.resampling import BoundedSearch, largest_searches
from training.progress import progress_bar
from training.registration.provenance import user_name
from training.registration.register import churn_model, model_metrics, register
from training.report.markdown import markdown_report
from training.run_folder import mark_latest, read_run, run_name, write_run
from training.segments.segmentation import Segmentation, fit_segments
from training.settings.settings import Settings
from training.survival.time_to_churn import time_to_churn
from training.uplift.campaigns import rows_of_campaigns
from training.uplift.fit import fit_uplift


@dataclass(frozen=True)
class RunResult:
    """What a run left behind.

    Attributes
    ----------
    folder : Path
        Holds ``run.json``, ``arms.parquet`` and ``report.md``; and ``against_champion.parquet`` where the
        champion of before was compared, ``moved_customers.parquet`` where its segments were matched.
    summary : dict
        What ``run.json`` holds.
    arms : DataFrame
        One row per arm.
    reused : bool
        True when the same dataset, settings and model were there already.
    refused : str or None
        Why the model was not made champion; it is registered all the same.
    """

    folder: Path
    summary: dict[str, Any]
    arms: pd.DataFrame
    reused: bool
    refused: str | None = None


def run(
    repo: Path,
    lake: Path,
    settings: Settings,
    runs: Path,
    anew: bool = False,
    console: Console | None = None,
) -> RunResult:
    """Train, register and promote if the registry's rules allow it; or find the same run again.

    Parameters
    ----------
    repo, lake : Path
    settings : Settings
    runs : Path
        Where run folders lie.
    anew : bool
        Train even when the same run is there.
    console : Console, optional
        Shows progress.

    Raises
    ------
    TrainingError
    """
    return run_on(pull_dataset(repo, lake, settings, console), runs, anew, console)


def run_on(pulled: Pulled, runs: Path, anew: bool = False, console: Console | None = None) -> RunResult:
    """:func:`run` on a dataset that has been pulled already."""
    folder = runs / run_name(pulled.dataset.fingerprint, pulled.settings)
    finished = None if anew else _finished(folder, pulled)
    if finished is not None:
        return finished
    return _train(pulled, folder, console)


def _finished(folder: Path, pulled: Pulled) -> RunResult | None:
    """The run in this folder, if its model is still in the store, of this base and of this feature service.

    A base that only grew after the last window gives the same dataset as the one before, but serves no model
    of that one. A feature service with another time to live may give the same dataset too, and so may a lake
    in which the window of another campaign is over.
    """
    summary, history = read_run(folder), pulled.history
    if summary is None or summary["base"] != history.base:
        return None
    campaigns = rows_of_campaigns(pulled.lake, history, pulled.settings.uplift.horizon_days)
    if summary["uplift"]["campaigns"] != campaigns:
        return None
    try:
        fingerprint = load_metadata(summary["model"]).feature_service_fingerprint
    except ModelError:
        return None
    if fingerprint != pulled.dataset.signature.fingerprint:
        return None
    mark_latest(folder)
    refused = _make_champion_of_base(summary["model"], summary["base"], folder.name)
    return RunResult(folder, summary, pd.read_parquet(folder / "arms.parquet"), True, refused)


def _make_champion_of_base(tag: str, base: str, run_name: str) -> str | None:
    """Make a model that was found again champion, unless somebody chose another one that may serve."""
    if _champion_may_serve(base):
        return None
    return _make_champion(tag, f"found again by training run {run_name}", load_settings().promotion)


def _make_champion(tag: str, why: str, rules: Promotion) -> str | None:
    """Promote by the registry's rules, without force; return their reason if they refuse."""
    try:
        promote(tag, user_name(), why, to_promote(rules))
    except PromotionRefused as error:
        return str(error)
    return None


def _champion_may_serve(base: str) -> bool:
    """Whether there is a champion, of this base and of the applied feature service."""
    chosen = current_champion()
    if chosen is None:
        return False
    try:
        registered = registered_model(chosen)
    except ModelError:
        return False
    return registered.metadata.base == base and Applied().compare(registered.signature).differs is None


@dataclass(frozen=True)
class _Fitted:
    """What was fitted, and what was left out or bounded on the way."""

    results: list[ArmResult]
    champion: Champion
    encoder: Encoder
    segmentation: Segmentation
    searches: list[BoundedSearch]
    left_out: list[LeftOut]


def _train(pulled: Pulled, folder: Path, console: Console | None) -> RunResult:
    history, dataset, settings, *_ = pulled
    # Wrong settings fail here, before anything is fitted.
    rules = load_settings().promotion
    customer_value(dataset, settings.profit)
    standing = standing_champion()
    before = None if standing is None else standing.parts_for(history.base)
    customers = dataset.keys["customerID"].tolist()
    splits = split_rows(customers, dataset.churned, settings.split, settings.seed, before)
    segments = None if standing is None else standing.segments_for(history.base)
    fitted = _fit(dataset, splits, settings, segments, console)
    uplift = fit_uplift(pulled, fitted.encoder, console)
    metrics = model_metrics(fitted.champion, fitted.segmentation)
    with progress_bar("model card", 1, console) as advance:
        model = churn_model(fitted.champion, fitted.encoder, fitted.segmentation, dataset)
        churn_times = time_to_churn(pulled, splits, model)
        model = replace(model, survival=churn_times.model, effects=uplift.effects)
        scored = score_run(fitted.results, model, dataset, splits, settings)
        against = None if standing is None else _against(standing, scored, pulled)
        said = None if against is None else against.statement
        tag = register(scored, metrics, history, said, churn_times.statement)
        advance(tag)
    arms = arms_table(fitted.results)
    summary = {
        "run": folder.name,
        "model": tag,
        "base": history.base,
        "metrics": metrics,
        "against_champion": None if against is None else against.to_json(),
        **_of_dataset(dataset, splits, settings),
        **_of_fit(fitted),
        "survival": churn_times.section,
        "uplift": uplift.section,
    }
    tables = {"arms": arms, "out_of_fold": out_of_fold_table(fitted.results, splits)}
    if against is not None and against.rows is not None:
        tables["against_champion"] = against.rows
    segmentation = fitted.segmentation
    if segmentation.matched is not None:
        moved = segmentation.matched.moved(segmentation.segments.names)
        tables["moved_customers"] = dataset.keys.iloc[splits.holdout.train[moved.index]].assign(
            former=moved["former"].to_numpy(), now=moved["now"].to_numpy()
        )
    write_run(folder, summary, tables, markdown_report(summary, arms))
    refused = _make_champion(tag, f"best {settings.champion_by} of training run {folder.name}", rules)
    return RunResult(folder, summary, arms, False, refused)


def _fit(
    dataset: Dataset, splits: Splits, settings: Settings, segments: Segments | None, console: Console | None
) -> _Fitted:
    searches: list[BoundedSearch] = []
    left_out: list[LeftOut] = []
    fits = len(arms_of(settings)) * len(splits.folds)
    with progress_bar("cross-validated arms", fits, console) as advance:
        results = cross_validate(dataset, splits.folds, settings, advance, searches.append, left_out.append)
    encoded, train = encode_fold(dataset, splits.holdout), splits.holdout.train
    with progress_bar("champion and segments", 2, console) as advance:
        champion = fit_champion(results, encoded, settings, searches.append, left_out.append)
        advance(champion.arm.name)
        rows, churned = dataset.features.iloc[train], dataset.churned[train]
        segmentation = fit_segments(
            rows, churned, encoded.encoder, settings.segments, settings.seed, segments
        )
        advance(f"{settings.segments.k} segments")
    results = _without(results, left_out)
    return _Fitted(results, champion, encoded.encoder, segmentation, searches, left_out)


def _against(standing: StandingChampion, scored: ScoredRun, pulled: Pulled) -> AgainstChampion:
    settings = scored.valued_settings
    section = thresholds_section(
        scored.cross_validation, scored.untouched, settings.decision, settings.profit
    )
    return against_champion(standing, scored, pulled.history.base, section["chosen"], pulled.offline)


def _of_dataset(dataset: Dataset, splits: Splits, settings: Settings) -> dict[str, Any]:
    notes = (*dataset.notes, *splits.notes, value_note(dataset, settings.profit))
    return {
        "dataset_fingerprint": dataset.fingerprint,
        "feature_service": dataset.signature.feature_service,
        "feature_service_fingerprint": dataset.signature.fingerprint,
        "settings": settings.model_dump(mode="json"),
        "features": list(dataset.signature.names),
        "dropped": dataset.dropped,
        "cohorts": [log.to_json() for log in dataset.logs],
        "splits": splits.log,
        "notes": [note for note in notes if note],
    }


def _of_fit(fitted: _Fitted) -> dict[str, Any]:
    return {
        "bounded_searches": largest_searches(fitted.searches),
        "arm": fitted.champion.arm.to_json(),
        "arms": [_arm_json(result.arm.name, result.folds) for result in fitted.results],
        "left_out": [one.to_json() for one in fitted.left_out],
        "segments": _segments_json(fitted.segmentation),
    }


def _without(results: Sequence[ArmResult], left_out: Sequence[LeftOut]) -> list[ArmResult]:
    """The results of arms that are not left out."""
    gone = {one.arm for one in left_out}
    return [result for result in results if result.arm not in gone]


def _arm_json(name: str, folds: tuple[dict[str, float], ...]) -> dict[str, Any]:
    return {"arm": name, "folds": list(folds)}


def _segments_json(segmentation: Segmentation) -> dict[str, Any]:
    segments, matched = segmentation.segments, segmentation.matched
    return {
        "kept": [
            {"id": number, "name": name, **profile}
            for number, (name, profile) in enumerate(zip(segments.names, segments.profiles, strict=True))
        ],
        "counts": [count.to_json() for count in segmentation.counts],
        "preferred": segmentation.preferred,
        "matched": None if matched is None else matched.to_json(segments.names),
    }

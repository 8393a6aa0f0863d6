"""The wiring: from a lake and an applied feature repo to a registered champion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console

from serving.errors import ModelError, PromotionRefused
from serving.model.signature import Signature
from serving.registry.applied import Applied
from serving.registry.decisions import promote
from serving.registry.model_files import load_metadata, registered_model
from serving.registry.pointers import champion as current_champion
from serving.registry.promotion import to_promote
from serving.settings import Promotion, load_settings
from training.dataset.history import History
from training.dataset.point_in_time import Dataset
from training.dataset.pull import pull_dataset
from training.dataset.split import split_rows
from training.evaluation.scored_run import score_run
from training.metrics.profit import customer_value, value_note
from training.modelling.arms import ArmResult, LeftOut, arms_of, arms_table, cross_validate, encode_fold
from training.modelling.champion import fit_champion
from training.modelling.out_of_fold import out_of_fold_table
from training.modelling.resampling import BoundedSearch, largest_searches
from training.progress import progress_bar
from training.registration.provenance import user_name
from training.registration.register import churn_model, model_metrics, register
from training.report.markdown import markdown_report
from training.run_folder import mark_latest, read_run, run_name, write_run
from training.segments.segmentation import Segmentation, fit_segments
from training.settings.settings import Settings


@dataclass(frozen=True)
class RunResult:
    """What a run left behind.

    Attributes
    ----------
    folder : Path
        Holds ``run.json``, ``arms.parquet`` and ``report.md``.
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
    history, dataset = pull_dataset(repo, lake, settings, console)
    return run_on(history, dataset, settings, runs, anew, console)


def run_on(
    history: History,
    dataset: Dataset,
    settings: Settings,
    runs: Path,
    anew: bool = False,
    console: Console | None = None,
) -> RunResult:
    """:func:`run` on a dataset that has been pulled already."""
    folder = runs / run_name(dataset.fingerprint, settings)
    finished = None if anew else _finished(folder, history.base, dataset.signature)
    if finished is not None:
        return finished
    return _train(history, dataset, settings, folder, console)


def _finished(folder: Path, base: str, signature: Signature) -> RunResult | None:
    """The run in this folder, if its model is still in the store, of this base and of this feature service.

    A base that only grew after the last window gives the same dataset as the one before, but serves no model
    of that one. A feature service with another time to live may give the same dataset too.
    """
    summary = read_run(folder)
    if summary is None or summary["base"] != base:
        return None
    try:
        fingerprint = load_metadata(summary["model"]).feature_service_fingerprint
    except ModelError:
        return None
    if fingerprint != signature.fingerprint:
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


def _train(
    history: History, dataset: Dataset, settings: Settings, folder: Path, console: Console | None
) -> RunResult:
    # Wrong settings fail here, before anything is fitted.
    rules = load_settings().promotion
    customer_value(dataset, settings.profit)
    splits = split_rows(dataset.keys["customerID"].tolist(), dataset.churned, settings.split, settings.seed)
    fits = len(arms_of(settings)) * len(splits.folds)
    searches: list[BoundedSearch] = []
    left_out: list[LeftOut] = []
    with progress_bar("cross-validated arms", fits, console) as advance:
        results = cross_validate(dataset, splits.folds, settings, advance, searches.append, left_out.append)
    encoded = encode_fold(dataset, splits.holdout)
    with progress_bar("champion and segments", 2, console) as advance:
        champion = fit_champion(results, encoded, settings, searches.append, left_out.append)
        results = _without(results, left_out)
        advance(champion.arm.name)
        train = splits.holdout.train
        segmentation = fit_segments(
            dataset.features.iloc[train],
            dataset.churned[train],
            encoded.encoder,
            settings.segments,
            settings.seed,
        )
        advance(f"{settings.segments.k} segments")
    metrics = model_metrics(champion, segmentation)
    with progress_bar("model card", 1, console) as advance:
        model = churn_model(champion, encoded.encoder, segmentation, dataset)
        tag = register(score_run(results, model, dataset, splits, settings), metrics, history)
        advance(tag)
    arms = arms_table(results)
    summary = {
        "run": folder.name,
        "model": tag,
        "base": history.base,
        "dataset_fingerprint": dataset.fingerprint,
        "feature_service": dataset.signature.feature_service,
        "feature_service_fingerprint": dataset.signature.fingerprint,
        "settings": settings.model_dump(mode="json"),
        "features": list(dataset.signature.names),
        "dropped": dataset.dropped,
        "cohorts": [log.to_json() for log in dataset.logs],
        "splits": splits.log,
        "bounded_searches": largest_searches(searches),
        "arm": champion.arm.to_json(),
        "arms": [_arm_json(result.arm.name, result.folds) for result in results],
        "left_out": [one.to_json() for one in left_out],
        "notes": [note for note in (*dataset.notes, value_note(dataset, settings.profit)) if note],
        "metrics": metrics,
        "segments": _segments_json(segmentation),
    }
    tables = {"arms": arms, "out_of_fold": out_of_fold_table(results, splits)}
    write_run(folder, summary, tables, markdown_report(summary, arms))
    refused = _make_champion(tag, f"best {settings.champion_by} of training run {folder.name}", rules)
    return RunResult(folder, summary, arms, False, refused)


def _without(results: Sequence[ArmResult], left_out: Sequence[LeftOut]) -> list[ArmResult]:
    """The results of arms that are not left out."""
    gone = {one.arm for one in left_out}
    return [result for result in results if result.arm not in gone]


def _arm_json(name: str, folds: tuple[dict[str, float], ...]) -> dict[str, Any]:
    return {"arm": name, "folds": list(folds)}


def _segments_json(segmentation: Segmentation) -> dict[str, Any]:
    segments = segmentation.segments
    return {
        "kept": [
            {"id": number, "name": name, **profile}
            for number, (name, profile) in enumerate(zip(segments.names, segments.profiles, strict=True))
        ],
        "counts": [count.to_json() for count in segmentation.counts],
        "preferred": segmentation.preferred,
    }

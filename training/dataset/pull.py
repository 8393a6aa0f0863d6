"""The point-in-time dataset of a lake, pulled through the applied feature repository."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from rich.console import Console

from serving.features.offline_features import OfflineFeatures
from serving.model.signature import signature_of
from training.dataset.cohorts import build_cohorts
from training.dataset.history import History, read_history
from training.dataset.point_in_time import Dataset, build_dataset
from training.dataset.young_history import suited_to
from training.progress import progress_bar
from training.settings.settings import Settings


class Pulled(NamedTuple):
    """What training works on.

    Attributes
    ----------
    history : History
    dataset : Dataset
    settings : Settings
        Those that were asked for; of a young history with the window that it is long enough for.
    offline : OfflineFeatures
        The reader that the features came from.
    lake : Path
        Its folder.
    """

    history: History
    dataset: Dataset
    settings: Settings
    offline: OfflineFeatures
    lake: Path


def load_dataset(repo: Path, lake: Path, settings: Settings) -> Pulled:
    """Cohorts and their point-in-time features.

    Parameters
    ----------
    repo : Path
        Folder of ``feature_store.yaml``.
    lake : Path
    settings : Settings

    Raises
    ------
    HistoryError, CohortError
        When there is nothing to train on.
    OfflineError
        When the feature repo is not applied, or for another base.
    """
    history = read_history(lake)
    suited, notes = suited_to(history, settings)
    cohorts = build_cohorts(history, suited.cohorts)
    cohorts = replace(cohorts, notes=(*notes, *cohorts.notes))
    offline = OfflineFeatures(settings.feature_service, history.base, repo)
    dataset = build_dataset(offline, cohorts, signature_of(settings.feature_service))
    return Pulled(history, dataset, suited, offline, lake)


def pull_dataset(repo: Path, lake: Path, settings: Settings, console: Console | None = None) -> Pulled:
    """:func:`load_dataset` with a progress bar."""
    with progress_bar("point-in-time dataset", 1, console) as advance:
        pulled = load_dataset(repo, lake, settings)
        advance(f"{len(pulled.dataset)} rows x {pulled.dataset.features.shape[1]} features")
    return pulled

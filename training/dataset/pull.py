"""The point-in-time dataset of a lake, pulled through the applied feature repository."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from serving.features.offline_features import OfflineFeatures
from serving.model.signature import signature_of
from training.dataset.cohorts import build_cohorts
from training.dataset.history import History, read_history
from training.dataset.point_in_time import Dataset, build_dataset
from training.progress import progress_bar
from training.settings.settings import Settings


def load_dataset(repo: Path, lake: Path, settings: Settings) -> tuple[History, Dataset]:
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
    cohorts = build_cohorts(history, settings.cohorts)
    offline = OfflineFeatures(settings.feature_service, history.base, repo)
    return history, build_dataset(offline, cohorts, signature_of(settings.feature_service))


def pull_dataset(
    repo: Path, lake: Path, settings: Settings, console: Console | None = None
) -> tuple[History, Dataset]:
    """:func:`load_dataset` with a progress bar."""
    with progress_bar("point-in-time dataset", 1, console) as advance:
        history, dataset = load_dataset(repo, lake, settings)
        advance(f"{len(dataset)} rows x {dataset.features.shape[1]} features")
    return history, dataset

"""What a search leaves behind, in ``training/runs/tuning/<name>/``.

``trials.journal`` is Optuna's, written as trials end; ``settings.yaml`` and ``tuning.json`` follow when the
search is finished. No run folder is among them, so that the latest run stays the latest run.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from feature_repo.file_lock import Locked, file_lock
from training.errors import RunError
from training.run_folder import write_json, write_whole
from training.settings.settings import Settings

TRIALS_FILE = "trials.journal"
SETTINGS_FILE = "settings.yaml"
TUNING_FILE = "tuning.json"
TUNING_FORMAT = 1
SEARCH_SETTINGS: Mapping[str, bool | set[str]] = {
    "seed": True,
    "split": True,
    "champion_by": True,
    "resampling": True,
    "tuning": {"folds", "repeats"},
}
"""Settings that a search's figures depend on, apart from the arms' own parameters."""


def tuning_folder(runs: Path, dataset_fingerprint: str, settings: Settings) -> Path:
    """The folder of the search on this dataset and this split, whatever its budget and its arms."""
    digest = hashlib.sha256(settings.model_dump_json(include=SEARCH_SETTINGS).encode()).hexdigest()
    return runs / "tuning" / f"{dataset_fingerprint[:12]}-{digest[:8]}"


@contextmanager
def search_lock(folder: Path) -> Iterator[None]:
    """Hold the folder's lock, so that only one search runs in it.

    Raises
    ------
    RunError
        When another process searches there.
    """
    try:
        with file_lock(folder / ".lock", wait=False):
            yield
    except Locked as locked:
        raise RunError(f"{folder}: {locked.holder} is tuning here; wait until it has ended") from locked


def read_tuning(folder: Path) -> dict[str, Any] | None:
    """What ``tuning.json`` holds, or None when no search has been finished here, or by another version."""
    path = folder / TUNING_FILE
    if not path.is_file():
        return None
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content if content.get("format") == TUNING_FORMAT else None


def write_tuning(folder: Path, tuning: Mapping[str, Any], settings: Settings) -> None:
    """Write ``settings.yaml`` and then ``tuning.json``, each in one step."""
    header = (
        f"# Parameters tuned on dataset {tuning['dataset_fingerprint'][:12]} with seed {tuning['seed']}.\n"
        "# `python -m training run --settings FILE` trains with them; training/README.md explains them.\n"
    )
    text = yaml.safe_dump(settings.model_dump(mode="json"), sort_keys=False, default_flow_style=None)
    write_whole(folder / SETTINGS_FILE, header + text)
    write_json(folder / TUNING_FILE, tuning)


def tuning_section(
    folder: Path, champion: Mapping[str, str], parameters: Mapping[str, Any]
) -> dict[str, Any]:
    """``tuning`` as the evaluation of a run tells it, or None, and then ``tuning_missing``: why.

    Parameters
    ----------
    folder : Path
        From :func:`tuning_folder`, with the settings of the run.
    champion : mapping
        ``{"sampler", "classifier"}``.
    parameters : mapping
        What the champion's classifier was fitted with.

    Returns
    -------
    dict
        ``tuning``: what ``tuning.json`` holds, and ``champion_uses``: ``tuned`` or ``default`` parameters of
        its own arm, ``both`` when the search found nothing better, or ``neither``.
    """
    tuning = read_tuning(folder)
    if tuning is None:
        reason = "no finished search on this dataset and this split"
        return {"tuning": None, "tuning_missing": reason}
    return {
        "tuning": {**tuning, "champion_uses": _uses(tuning, champion, parameters)},
        "tuning_missing": None,
    }


def _uses(tuning: Mapping[str, Any], champion: Mapping[str, str], parameters: Mapping[str, Any]) -> str:
    for arm in tuning["arms"]:
        if arm["arm"] == champion:
            same = [side for side in ("default", "tuned") if arm[side]["parameters"] == parameters]
            return "both" if len(same) == 2 else next(iter(same), "neither")
    return "neither"

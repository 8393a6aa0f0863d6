"""What a training run leaves behind, in a folder of its own.

``run.json``, ``arms.parquet``, ``out_of_fold.parquet`` and ``report.md`` are written by the run;
``evaluation.json`` and the HTML reports join them later.

The folder is named after the dataset and the settings that change the model, so that the same run is found
again, and it is written to one side and renamed, so that a folder that exists is complete.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from feature_repo.files import FILE_MODE, private_file, replace_file
from training.settings.settings import Settings

if TYPE_CHECKING:
    import pandas as pd

RUN_FILE = "run.json"
EVALUATION_FILE = "evaluation.json"
EVALUATION_FORMAT = 5
"""Goes up when a section changes its shape: a report is not written from an older one."""
NOT_TRAINED_BY = {"threads", "evaluation", "audit", "tuning"}
"""Settings that do not change a trained model."""


def run_name(dataset_fingerprint: str, settings: Settings) -> str:
    """Name of the run of these settings on this dataset, but for :data:`NOT_TRAINED_BY`."""
    digest = hashlib.sha256(settings.model_dump_json(exclude=NOT_TRAINED_BY).encode()).hexdigest()
    return f"{dataset_fingerprint[:12]}-{digest[:8]}"


def read_run(folder: Path) -> dict[str, Any] | None:
    """The summary of a finished run, or None when there is none in this folder."""
    return _read_json(folder / RUN_FILE)


def read_evaluation(folder: Path) -> dict[str, Any] | None:
    """The evaluation of a run, or None when it has not been evaluated."""
    return _read_json(folder / EVALUATION_FILE)


def _read_json(path: Path) -> dict[str, Any] | None:
    if not path.is_file():
        return None
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def latest_run(runs: Path) -> Path | None:
    """The folder of the run that was made, or found again, most recently; None before the first."""
    finished = sorted(runs.glob(f"*/{RUN_FILE}"), key=lambda path: path.stat().st_mtime)
    return finished[-1].parent if finished else None


def mark_latest(folder: Path) -> None:
    """Make a run that was found again the latest one."""
    os.utime(folder / RUN_FILE)


def write_run(folder: Path, summary: dict[str, Any], tables: Mapping[str, pd.DataFrame], report: str) -> None:
    """Write a run's files and put them in place in one step, replacing an older run of the same name.

    Parameters
    ----------
    folder : Path
        The run's folder; its parent is made when missing.
    summary : dict
        Plain JSON values.
    tables : mapping of str to DataFrame
        Written as ``<name>.parquet``.
    report : str
        Markdown.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    new_folder = Path(tempfile.mkdtemp(prefix=".run-", dir=folder.parent))
    try:
        for name, text in ((RUN_FILE, _json_text(summary)), ("report.md", report)):
            private_file(new_folder / name)
            (new_folder / name).write_text(text, encoding="utf-8")
        for name, table in tables.items():
            private_file(new_folder / f"{name}.parquet")
            table.to_parquet(new_folder / f"{name}.parquet", index=False)
        if folder.exists():
            shutil.rmtree(folder)
        os.replace(new_folder, folder)
    except BaseException:
        shutil.rmtree(new_folder, ignore_errors=True)
        raise


def write_evaluation(folder: Path, evaluation: Mapping[str, Any]) -> Path:
    """Write ``evaluation.json`` into a run's folder in one step, and return its path.

    Raises
    ------
    ValueError
        When a figure is not finite: JSON has no NaN; a section must hold None and a reason.
    """
    return write_json(folder / EVALUATION_FILE, evaluation)


def write_json(path: Path, content: Mapping[str, Any]) -> Path:
    """Write JSON in one step: a reader sees the old file or the new one.

    Raises
    ------
    ValueError
        When a figure is not finite.
    """
    return write_whole(path, _json_text(content))


def write_whole(path: Path, text: str) -> Path:
    """Write a text file in one step: a reader sees the old file or the new one."""
    replace_file(path, text.encode("utf-8"), FILE_MODE)
    return path


def _json_text(content: Mapping[str, Any]) -> str:
    return json.dumps(content, indent=2, sort_keys=True, allow_nan=False)

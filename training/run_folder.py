"""What a training run leaves behind: ``run.json``, ``arms.parquet``, ``report.md``, in a folder of its own.

The folder is named after the dataset and the settings, so that the same run is found again, and it is written
to one side and renamed, so that a folder that exists is complete.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd

from training.settings import Settings

RUN_FILE = "run.json"


def run_name(dataset_fingerprint: str, settings: Settings) -> str:
    """Name of the run of these settings on this dataset."""
    asked = hashlib.sha256(settings.model_dump_json().encode()).hexdigest()
    return f"{dataset_fingerprint[:12]}-{asked[:8]}"


def read_run(folder: Path) -> dict[str, Any] | None:
    """The summary of a finished run, or None when there is none in this folder."""
    path = folder / RUN_FILE
    if not path.is_file():
        return None
    summary: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return summary


def latest_run(runs: Path) -> Path | None:
    """The folder of the run that was made, or found again, last; None before the first."""
    finished = sorted(runs.glob(f"*/{RUN_FILE}"), key=lambda path: path.stat().st_mtime)
    return finished[-1].parent if finished else None


def mark_latest(folder: Path) -> None:
    """Make a run that was found again the latest one."""
    os.utime(folder / RUN_FILE)


def write_run(folder: Path, summary: dict[str, Any], arms: pd.DataFrame, report: str) -> None:
    """Write a run's files and put them in place in one step, replacing an older run of the same name.

    Parameters
    ----------
    folder : Path
        The run's folder; its parent is made when missing.
    summary : dict
        Plain JSON values.
    arms : DataFrame
        One row per arm.
    report : str
        Markdown.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=".run-", dir=folder.parent))
    try:
        (aside / RUN_FILE).write_text(json.dumps(summary, indent=2, sort_keys=True), encoding="utf-8")
        arms.to_parquet(aside / "arms.parquet", index=False)
        (aside / "report.md").write_text(report, encoding="utf-8")
        if folder.exists():
            shutil.rmtree(folder)
        os.replace(aside, folder)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise

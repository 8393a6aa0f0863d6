"""A lake, an applied repository, a filled online store and a trained champion, all in one folder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent


def environment(folder: Path) -> dict[str, str]:
    """Variables that point every command at the folder."""
    places = {
        "STAYLINE_LAKE": folder / "lake",
        "STAYLINE_TRUTH": folder / "truth",
        "STAYLINE_REGISTRY": folder / "registry.db",
        "STAYLINE_ONLINE_STORE": folder / "online.db",
        "STAYLINE_SUPPRESSED": folder / "suppressed.parquet",
        "BENTOML_HOME": folder / "bentoml",
        "STAYLINE_SERVING_SETTINGS": folder / "serving.yaml",
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith("STAYLINE_")}
    named = {name: str(path) for name, path in places.items()}
    return kept | named | {"BENTOML_DO_NOT_TRACK": "True", "PYTHONUNBUFFERED": "1"}


def make_place(folder: Path, customers: int) -> dict[str, str]:
    """Simulate customers, train XGBoost without resampling on them, fill the store; one worker serves.

    A folder that has been filled before keeps its base, model and store; the settings are today's.

    Returns
    -------
    dict
        The environment of every command that is to find them.
    """
    variables, done_before = environment(folder), folder / "prepared"
    folder.mkdir(parents=True, exist_ok=True)
    serving = yaml.safe_load((ROOT / "serving" / "settings.yaml").read_text())
    (folder / "serving.yaml").write_text(yaml.safe_dump(serving | {"workers": 1}))
    if done_before.exists():
        return variables
    settings = yaml.safe_load((ROOT / "training" / "settings.yaml").read_text())
    settings["samplers"] = ["none"]
    settings["classifiers"] = {"xgboost": settings["classifiers"]["xgboost"]}
    (folder / "training.yaml").write_text(yaml.safe_dump(settings))
    python = str(BIN / "python")
    for command in (
        [python, "-m", "data", "simulate", "--customers", str(customers)],
        [str(BIN / "feast"), "-c", "feature_repo", "apply"],
        [
            *(python, "-m", "training", "run", "--quiet"),
            *("--settings", str(folder / "training.yaml"), "--runs", str(folder / "runs")),
        ],
        [python, "-m", "serving", "materialize"],
    ):
        done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    done_before.touch()
    return variables

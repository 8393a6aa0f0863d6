"""A base from its simulation to a planned campaign that it lives through, by the project's own commands."""

from __future__ import annotations

import contextlib
import io
import json
import os
import runpy
import sys
from datetime import date
from pathlib import Path

import pandas as pd
import yaml

from serving.model.survival import Survival

ROOT = Path(__file__).parents[2]
STARTS, MONTHS = date(2026, 7, 1), 24
NAME = "planned"
_SETTINGS = """
samplers: [none]
classifiers:
  lightgbm: {n_estimators: 200, learning_rate: 0.03, num_leaves: 8, min_child_samples: 40, reg_lambda: 5.0}
segments: {silhouette_rows: 200}
"""


class Story:
    """One base in a folder, the only one of its process.

    The commands run in this process, as most of them take longer to start than to work.

    Parameters
    ----------
    folder : Path
        Empty.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.truth = folder, folder / "truth"
        os.environ |= {
            "STAYLINE_LAKE": str(folder / "lake"),
            "STAYLINE_TRUTH": str(self.truth),
            "STAYLINE_REGISTRY": str(folder / "registry.db"),
            "STAYLINE_ONLINE_STORE": str(folder / "online.db"),
            "STAYLINE_CAMPAIGNS": str(folder / "campaigns"),
            "STAYLINE_SUPPRESSED": str(folder / "suppressed.parquet"),
            "BENTOML_HOME": str(folder / "bento"),
        }

    def score(self, customers: int, seed: int) -> pd.DataFrame:
        """Simulate, train and score; return the scores of all customers, each with a `value`."""
        settings, scores = self.folder / "settings.yaml", self.folder / "scores.parquet"
        settings.write_text(_SETTINGS, encoding="utf-8")
        self._run(f"data simulate --customers {customers} --months {MONTHS} --seed {seed} --end {STARTS}")
        self._run("feature_repo apply")
        self._run(f"training run --quiet --settings {settings} --runs {self.folder / 'runs'}")
        self._run("serving materialize")
        self._run(f"serving score --all --out {scores}")
        frame = pd.read_parquet(scores)
        (survival,) = (self.folder / "bento" / "models" / "churn").glob("[!l]*/survival.json")
        model = Survival.from_json(json.loads(survival.read_text(encoding="utf-8")))
        value = model.value(frame["probability"].to_numpy(), frame["monthly_charges"].to_numpy())
        return frame.assign(value=value)

    def plan(self, budget: float, holdout: float) -> pd.DataFrame:
        """Plan a campaign, and live four months with it; return its customers."""
        told = f"--name {NAME} --budget {budget} --holdout {holdout} --date {STARTS}"
        self._run(f"serving campaign plan {told} --out {self.folder / 'list.parquet'}")
        customers = self.folder / "campaigns" / NAME / "customers.parquet"
        self._run(f"data simulate --continue --months 4 --campaign {customers}")
        return pd.read_parquet(customers)

    def everybody(self) -> pd.DataFrame:
        """Return the rows of all customers in the truth of the planned campaign."""
        rows = pd.read_parquet(self.truth / "effects.parquet")
        return rows[rows["campaign"] == NAME].reset_index(drop=True)

    def _run(self, command: str) -> None:
        name, *sys.argv[1:] = command.split()
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            try:
                runpy.run_module(f"{name}.__main__", run_name="__main__")
            except SystemExit as left:
                if left.code:
                    raise RuntimeError(f"{command}: {printed.getvalue()}") from left


def costs() -> tuple[dict[str, float], float]:
    """Return what each offer of the playbook costs, and what a contact costs."""
    playbook = yaml.safe_load((ROOT / "serving" / "playbook.yaml").read_text(encoding="utf-8"))
    return {name: offer["cost"] for name, offer in playbook["offers"].items()}, playbook["contact_cost"]

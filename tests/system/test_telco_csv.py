"""The user's own Telco file, command by command as `make run CSV=...` does it, on the published file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

ROOT = Path(__file__).parents[2]
TELCO = ROOT.parent / "shared" / "data" / "telco_customer_churn.csv"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not TELCO.is_file(), reason="the Telco file is not beside the project (../shared/data)"
    ),
]


class Checkout:
    """The commands of the Makefile, with every store in a folder of the test's own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = os.environ | {
            "STAYLINE_LAKE": str(folder / "lake"),
            "STAYLINE_TRUTH": str(folder / "truth"),
            "STAYLINE_REGISTRY": str(folder / "registry.db"),
            "STAYLINE_ONLINE_STORE": str(folder / "online.db"),
            "BENTOML_HOME": str(folder / "bentoml"),
            "BENTOML_DO_NOT_TRACK": "True",
        }

    def __call__(self, *command: str) -> str:
        program = Path(sys.executable).with_name(command[0])
        done = subprocess.run(
            [str(program), *command[1:]], cwd=ROOT, env=self.environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def run(self, csv: Path, *training: str, as_of: str = "today") -> dict[str, object]:
        self("python", "-m", "data", "load", str(csv), "--as-of", as_of, "--if-changed")
        self("feast", "-c", "feature_repo", "apply")
        self("python", "-m", "training", "run", "--quiet", "--runs", str(self.folder / "runs"), *training)
        self.score()
        runs = list((self.folder / "runs").glob("*/run.json"))
        assert len(runs) == 1
        return json.loads(runs[0].read_text())

    def score(self) -> None:
        self("python", "-m", "serving", "materialize")
        scores = self.folder / "scores.parquet"
        self.table = self("python", "-m", "serving", "score", "--all", "--out", str(scores), "--top", "20")
        self.scores = pd.read_parquet(scores)


def settings_with(folder: Path, **classifiers: object) -> str:
    """The default settings with fewer classifiers; every sampler stays where there are several."""
    settings = yaml.safe_load((ROOT / "training" / "settings.yaml").read_text())
    settings["classifiers"] = classifiers
    if len(classifiers) == 1:
        settings["samplers"] = ["none"]
    path = folder / "settings.yaml"
    path.write_text(yaml.safe_dump(settings))
    return str(path)


def test_the_21_columns_from_file_to_scores(tmp_path):
    checkout = Checkout(tmp_path)
    default = yaml.safe_load((ROOT / "training" / "settings.yaml").read_text())["classifiers"]
    boosters = {name: default[name] for name in ("lightgbm", "xgboost", "logistic_regression")}
    summary = checkout.run(TELCO, "--settings", settings_with(tmp_path, **boosters))
    assert [cohort["labelled"] for cohort in summary["cohorts"]] == [7043]
    assert [cohort["churned"] for cohort in summary["cohorts"]] == [1869]
    arm = f"{summary['arm']['sampler']}+{summary['arm']['classifier']}"
    folds = [fold["auc"] for entry in summary["arms"] if entry["arm"] == arm for fold in entry["folds"]]
    untouched = summary["metrics"]["untouched"]
    assert len(folds) == 5
    assert np.mean(folds) >= 0.84
    assert min(folds) <= untouched["auc"] <= max(folds)
    assert untouched["mean_probability"] == pytest.approx(untouched["churn_rate"], abs=0.025)
    assert set(summary["dropped"]) == {
        "MonthlyChargesChange3m",
        "ContractMonthsLeft",
        *(f"num{kind}Tickets{window}" for kind in ("Admin", "Tech") for window in ("", "1m", "3m")),
    }
    assert len(checkout.scores) == 7043
    assert checkout.scores["left"].sum() == 1869
    assert checkout.scores["probability"].between(0, 1).all()
    riskiest = checkout.scores[~checkout.scores["left"]].nlargest(20, "probability")["customerID"]
    assert all(customer in checkout.table for customer in riskiest)


def test_the_23_columns_use_the_tickets(tmp_path):
    telco = pd.read_csv(TELCO, dtype=str, keep_default_na=False)
    random = np.random.default_rng(0)
    at = telco.columns.get_loc("Churn")
    telco.insert(at, "numAdminTickets", random.integers(0, 4, len(telco)))
    telco.insert(at + 1, "numTechTickets", random.poisson(np.where(telco["Churn"] == "Yes", 2.0, 0.5)))
    csv = tmp_path / "telco-23.csv"
    telco.to_csv(csv, index=False)
    forest = {"n_estimators": 50, "min_samples_leaf": 5}
    checkout = Checkout(tmp_path)
    settings = settings_with(tmp_path, random_forest=forest)
    summary = checkout.run(csv, "--settings", settings, as_of="2026-08-01")
    assert {"numAdminTickets", "numTechTickets"} <= set(summary["features"])
    assert "numTechTickets1m" in summary["dropped"]
    assert summary["metrics"]["untouched"]["auc"] > 0.86
    scores_todays_customers(checkout, telco, summary["model"])


def scores_todays_customers(checkout: Checkout, telco: pd.DataFrame, model: object) -> None:
    """As `make score CSV=...`: fewer customers, of whom nothing says who churned, and the same model."""
    csv = checkout.folder / "today.csv"
    telco.iloc[100:].drop(columns="Churn").to_csv(csv, index=False)
    checkout("python", "-m", "data", "load", str(csv), "--as-of", "today")
    checkout("feast", "-c", "feature_repo", "apply")
    before = checkout.scores
    checkout.score()
    assert set(checkout.scores["model"]) == {model}
    assert sorted(checkout.scores["customerID"]) == sorted(telco["customerID"].iloc[100:])
    assert not checkout.scores["left"].any()
    both = before.merge(checkout.scores, on="customerID")
    assert both["probability_x"].tolist() == pytest.approx(both["probability_y"].tolist())
    assert "is there already" in checkout("python", "-m", "data", "load", str(csv), "--as-of", "today")

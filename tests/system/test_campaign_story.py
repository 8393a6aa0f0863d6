"""From a score to a decision and back: simulate, train, plan, live on, read out, judge the goals."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from installation import Installation

START, END = "2026-06-01", "2026-10-01"
CUSTOMERS, BUDGET = 3000, 4000
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def telecom(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """A telecom in June with a trained model, after several random campaigns."""
    made = Installation(tmp_path_factory.mktemp("story"))
    settings = yaml.safe_load((made.folder / "training.yaml").read_text())
    settings["classifiers"] = {"lightgbm": {"n_estimators": 80, "num_leaves": 8, "min_child_samples": 40}}
    (made.folder / "training.yaml").write_text(yaml.safe_dump(settings))
    simulated = ("--customers", str(CUSTOMERS), "--months", "30", "--seed", "7", "--end", START)
    made.run("data", "simulate", *simulated)
    made.run("feature_repo", "apply")
    made.train()
    made.run("serving", "materialize")
    return made


@pytest.fixture(scope="module")
def planned(telecom: Installation) -> pd.DataFrame:
    asked = ("--name", "summer", "--budget", str(BUDGET), "--holdout", "0.3", "--date", START)
    telecom.run("serving", "campaign", "plan", *asked, "--out", str(telecom.folder / "list.csv"))
    return pd.read_parquet(telecom.folder / "campaigns" / "summer" / "customers.parquet")


@pytest.fixture(scope="module")
def readout(telecom: Installation, planned: pd.DataFrame) -> dict[str, Any]:
    file = str(telecom.folder / "campaigns" / "summer" / "customers.parquet")
    telecom.run("data", "simulate", "--continue", "--months", "4", "--campaign", file)
    telecom.run("serving", "campaign", "readout", "--name", "summer")
    read: dict[str, Any] = json.loads((telecom.folder / "campaigns" / "summer" / "readout.json").read_text())
    return read


def test_a_plan_keeps_to_the_budget_and_holds_some_out(telecom: Installation, planned: pd.DataFrame) -> None:
    offered = planned[planned["arm"] == "offer"]
    assert 0 < offered["cost"].sum() <= BUDGET
    assert (offered["expected_profit"] > 0).all()
    held_out = (planned["arm"] == "holdout").sum() / planned["arm"].isin(["offer", "holdout"]).sum()
    assert held_out == pytest.approx(0.3, abs=0.02)
    assert planned["customerID"].is_unique
    words = offered[["message_es", "message_en", "reasons_es", "reasons_en", "channel"]]
    assert (words.notna() & (words != "")).all(axis=None)


def test_the_list_has_everybody_of_the_plan_and_nobody_who_forbade_it(
    telecom: Installation, planned: pd.DataFrame
) -> None:
    listed = pd.read_csv(telecom.folder / "list.csv")
    assert sorted(listed["customerID"]) == sorted(planned["customerID"])
    forbidden = pd.read_parquet(telecom.folder / "state" / "suppressed.parquet")
    forbidden = forbidden[forbidden["channel"].isna() & (forbidden["reason"] == "do_not_contact")]
    assert len(forbidden) > 0
    assert not set(forbidden["customerID"]) & set(planned["customerID"])


def test_batch_and_service_decide_alike(telecom: Installation, planned: pd.DataFrame) -> None:
    # The service's clock stands on the first day of the campaign.
    settings = yaml.safe_load((telecom.folder / "serving.yaml").read_text()) | {"as_of": f"{START}T00:00:00Z"}
    (telecom.folder / "serving.yaml").write_text(yaml.safe_dump(settings))
    scores = telecom.scores().head(200)
    with telecom.served() as server:
        asked = {"customerIDs": list(scores.index)}
        answers = server.ask("POST", "/score_many", asked).body["results"]
    for answer in answers:
        row, decision = scores.loc[answer["customerID"]], answer["decision"]
        assert (decision["contact"], decision["effect"]) == (row["contact"], row["effect"])
        assert decision["offer"] == (None if pd.isna(row["offer"]) else row["offer"])
        assert decision["expected_profit"] == row["expected_profit"]


def test_four_months_later_the_campaign_is_read_out(
    telecom: Installation, planned: pd.DataFrame, readout: dict[str, Any]
) -> None:
    shown = json.loads(telecom.run("serving", "campaign", "readout", "--name", "summer", "--json"))
    assert shown == readout
    offers = pd.read_parquet(telecom.folder / "lake" / "offers.parquet").query("campaign == 'summer'")
    drawn = planned[planned["arm"] != "control"].set_index("customerID")["offer"].to_dict()
    assert dict(zip(offers["customerID"], offers["offer"], strict=True)).items() <= drawn.items()


def test_the_goals_are_judged(telecom: Installation, readout: dict[str, Any]) -> None:
    goals = json.loads(telecom.run("serving", "campaign", "goals", "--json"))
    assert len(goals) == 5


def test_the_next_run_learns_from_the_campaign(telecom: Installation, readout: dict[str, Any]) -> None:
    tag = telecom.train()
    run = max((telecom.folder / "runs").glob("*/run.json"), key=lambda path: path.stat().st_mtime)
    summary = json.loads(run.read_text())
    assert summary["model"] == tag
    assert "summer" in json.dumps(summary["uplift"])


def test_nothing_was_written_into_the_checkout(telecom: Installation, readout: dict[str, Any]) -> None:
    assert not (Path(__file__).parents[2] / "serving" / "out" / "campaigns" / "summer").exists()

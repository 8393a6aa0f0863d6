"""Effects from a lake to a registered model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from house import apply_beside
from small_lakes import AppliedRepo, telecom_rows, utc, write_lake, write_table

from feature_repo.paths import REPO
from serving.registry.model_files import load_model
from training.pipeline import RunResult, run
from training.settings.settings import Settings

DRAWN = "2025-07-01"


def campaign_rows(customers: int, share: float) -> dict[str, list[dict[str, Any]]]:
    """The telecom of `telecom_rows`, of whom a campaign drew some; a call keeps eight of ten at risk."""
    rows, random = telecom_rows(customers), np.random.default_rng(8)
    offer = {
        row["customerID"]: "call" if random.random() < 0.5 else "none"
        for row in rows["demographics"]
        if random.random() < share
    }
    rows["offers"] = [
        {"customerID": one, "event_timestamp": utc(DRAWN), "campaign": "summer", "offer": made}
        for one, made in offer.items()
    ]
    rows["churn_events"] = [
        row for row in rows["churn_events"] if offer.get(row["customerID"]) != "call" or random.random() < 0.2
    ]
    return rows


@pytest.fixture
def quick(quick_settings: Settings) -> Settings:
    values = quick_settings.model_dump()
    values["classifiers"] = {"lightgbm": values["classifiers"]["lightgbm"]}
    values["samplers"] = ("none",)
    values["uplift"] |= {"horizon_days": 180, "draws": 100, "folds": 3}
    values["uplift"]["stays"] |= {"n_estimators": 20, "learning_rate": 0.1, "min_child_samples": 20}
    values["uplift"]["ranking"] |= {"n_estimators": 30, "min_child_samples": 40}
    return Settings.model_validate(values)


def trained(rows: Any, quick: Settings, use_repo: Any, folder: Path) -> tuple[RunResult, AppliedRepo]:
    repo = apply_beside(write_lake(folder / "lake", rows, data_until="2026-02-01"))
    use_repo(repo)
    return run(REPO, repo.lake, quick, folder / "runs"), repo


def test_a_run_measures_an_offer_and_registers_its_effect(quick, use_repo, model_store, tmp_path) -> None:
    result, repo = trained(campaign_rows(1_600, 0.8), quick, use_repo, tmp_path)
    section = result.summary["uplift"]
    assert section["left_out"] == []
    assert list(section["campaigns"]) == ["summer"]
    (offer,) = section["offers"]
    assert offer["offer"] == "call"
    assert offer["average"]["low"] > 0.1
    assert offer["ranked"]
    model = load_model(result.summary["model"])
    assert model.effects is not None
    assert model.effects.facts.horizon_days == 180
    assert model.effects.facts.held_out == section["rows"]["none"]
    safe, at_risk = ({"Contract": one, "tenure": 10} for one in ("Two year", "Month-to-month"))
    mean = model.effects.of(model.encoder.encode_rows([safe, at_risk])).mean[:, 0]
    assert mean[1] > mean[0] + 0.2
    assert "## Effects of offers" in (result.folder / "report.md").read_text()
    # The window of another campaign is over: the same dataset, and yet another model.
    assert run(REPO, repo.lake, quick, tmp_path / "runs").reused
    more = campaign_rows(1_600, 0.8)["offers"]
    more.append({**more[0], "campaign": "spring", "event_timestamp": utc("2025-06-01")})
    write_table(repo.lake, "offers", more)
    assert not run(REPO, repo.lake, quick, tmp_path / "runs").reused


def test_forty_customers_are_too_few_and_the_numbers_say_so(quick, use_repo, model_store, tmp_path) -> None:
    result, _ = trained(campaign_rows(240, 40 / 240), quick, use_repo, tmp_path)
    section = result.summary["uplift"]
    assert section["offers"] == []
    (left_out,) = section["left_out"]
    assert left_out["offer"] == "call"
    assert 0 < left_out["offered"] < 40
    assert (left_out["least"], left_out["least_of_each"]) == (200, 20)
    assert load_model(result.summary["model"]).effects is None
    report = (result.folder / "report.md").read_text()
    assert f"call: {left_out['offered']} rows with it" in report


def test_a_campaign_without_a_hold_out_measures_nothing(quick, use_repo, model_store, tmp_path) -> None:
    rows = campaign_rows(480, 0.5)
    rows["offers"] = [{**row, "offer": "call"} for row in rows["offers"]]
    (left_out,) = trained(rows, quick, use_repo, tmp_path)[0].summary["uplift"]["left_out"]
    assert left_out["offered"] == len(rows["offers"]) > left_out["least"]
    assert (left_out["held_out"], left_out["fewest"]) == (0, 0)


def test_without_campaigns_there_are_no_effects(telecom, quick, use_repo, model_store, tmp_path) -> None:
    use_repo(telecom)
    result = run(REPO, telecom.lake, quick, tmp_path / "runs")
    section = result.summary["uplift"]
    assert (section["campaigns"], section["offers"], section["left_out"]) == ({}, [], [])
    assert load_model(result.summary["model"]).effects is None
    assert "No past campaign" in (result.folder / "report.md").read_text()

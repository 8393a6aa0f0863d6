"""Small bases and histories on which fitting, resampling or judging goes wrong, up to the report."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

import pytest
from house import apply_beside
from shipped_settings import changed

from data.loading.load_csv import load
from data.simulation.history import simulate
from data.simulation.settings import Settings as Simulated
from feature_repo.paths import REPO
from training.errors import CohortError
from training.evaluate import evaluate
from training.pipeline import run
from training.report.render import write_report
from training.settings.settings import Settings

CASES = Path(__file__).parents[3] / "shared" / "cases"
pytestmark = pytest.mark.slow
needs_cases = pytest.mark.skipif(
    not CASES.is_dir(), reason="the cases are not beside the project (../shared/cases)"
)
TODAY = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def small(quick_settings: Settings) -> Settings:
    """Every sampler with LightGBM, and a short evaluation, in the default folds."""
    evaluation = changed(
        quick_settings.evaluation,
        draws=100,
        published=changed(quick_settings.evaluation.published, classifiers={"lightgbm": {"n_estimators": 5}}),
    )
    chosen = {"lightgbm": {"n_estimators": 10, "min_child_samples": 5}}
    split = changed(quick_settings.split, folds=5)
    return quick_settings.model_copy(update={"classifiers": chosen, "evaluation": evaluation, "split": split})


@pytest.fixture
def snapshot(use_repo, model_store, tmp_path):
    """Load a CSV of the cases and apply the repository on it."""

    def loaded(name: str) -> Path:
        lake = tmp_path / "base" / "lake"
        load(CASES / "train" / name, TODAY, lake)
        use_repo(apply_beside(lake))
        return lake

    return loaded


@needs_cases
@pytest.mark.parametrize(
    ("name", "sampler", "reason"),
    [
        ("near_half_40.csv", "adasyn", "No samples will be generated"),
        ("t05_08_churners_of_600.csv", "smote", "needs at least 6 rows of each kind"),
        ("t31_noise_40_seed2.csv", "smoteenn", "a classifier needs both kinds"),
        ("t30_alternating_40.csv", "smoteenn", "a classifier needs both kinds"),
    ],
)
def test_an_arm_that_cannot_be_fitted_is_left_out_and_named(name, sampler, reason, snapshot, small, tmp_path):
    lake = snapshot(name)
    result, _ = evaluate(REPO, lake, small, tmp_path / "runs")
    reasons = {one["arm"]["sampler"]: one["reason"] for one in result.summary["left_out"]}
    assert reason in reasons[sampler]
    assert "none" not in reasons
    assert {arm["arm"].split("+")[0] for arm in result.summary["arms"]} == {
        "none",
        "smote",
        "adasyn",
        "smoteenn",
    } - set(reasons)
    assert json.loads((result.folder / "run.json").read_text())["left_out"] == result.summary["left_out"]
    assert reason in (result.folder / "report.md").read_text()
    for language in ("en", "es"):
        assert reasons[sampler] in unescape(write_report(result.folder, language).read_text())


@needs_cases
def test_of_a_base_with_one_price_the_truth_is_told(snapshot, small, tmp_path):
    lake = snapshot("flat_rate_5.csv")
    with pytest.raises(CohortError, match="of 5 customers churned: 5 folds need at least 8 customers"):
        run(REPO, lake, small, tmp_path / "runs")


@pytest.mark.parametrize("months", [8, 12])
def test_a_short_history_is_evaluated_and_says_what_is_left_out(
    months, use_repo, model_store, small, tmp_path
):
    lake = tmp_path / "base" / "lake"
    wanted = Simulated(300, months, 7, TODAY.date().replace(day=1), 30, 90)
    simulate(wanted, lake, tmp_path / "truth")
    use_repo(apply_beside(lake))
    result, evaluation = evaluate(REPO, lake, small, tmp_path / "runs")
    section = evaluation["out_of_time"]
    reasons = (
        [one["reason"] for one in section["left_out"]] if section else [evaluation["out_of_time_missing"]]
    )
    page = unescape(write_report(result.folder, "en").read_text())
    assert all(reason in page for reason in reasons)

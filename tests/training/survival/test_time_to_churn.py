from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from bentoml._internal.configuration.containers import BentoMLContainer
from bentoml._internal.models import ModelStore
from house import apply_beside
from shipped_settings import changed
from small_lakes import utc, write_lake

from feature_repo.paths import REPO
from serving.language.catalogue import LANGUAGES
from serving.language.language import Language
from serving.model.churn_model import ChurnModel
from serving.registry.model_files import load_metadata, load_model
from training.dataset.pull import Pulled, load_dataset
from training.dataset.split import split_rows
from training.metrics.profit import customer_value, kept_value, value_is_measured
from training.pipeline import RunResult, run
from training.report.chapters import time_to_churn as time_to_churn_chapter
from training.report.language import load_language
from training.report.markdown import time_to_churn_text
from training.report.render import environment
from training.report.source import ReportSource
from training.settings.settings import Settings
from training.survival import judged
from training.survival.follow_up import FollowUp
from training.survival.hazard import Spans
from training.survival.time_to_churn import time_to_churn

MONTHLY, LONG = 0.15, 0.02


def leaving_telecom(customers: int, seed: int = 4) -> dict[str, list[dict[str, Any]]]:
    """Every second customer is month-to-month. Of them 15 % leave a month, of the others 2 %."""
    random = np.random.default_rng(seed)
    names = ("demographics", "services", "billing", "churn_events")
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    for number in range(customers):
        monthly = number % 2 == 0
        who = {"customerID": f"{number:04d}-LEAVE", "event_timestamp": utc("2024-12-15")}
        rows["demographics"].append(who)
        rows["services"].append({**who, "Contract": "Month-to-month" if monthly else "Two year"})
        charge = float(random.integers(20, 100))
        month = int(random.geometric(MONTHLY if monthly else LONG))
        for past in range(min(month, 12)):
            billed = utc("2024-12-31") + pd.DateOffset(months=past)
            bill = {"tenure": 5, "MonthlyCharges": charge, "TotalCharges": 5 * charge}
            rows["billing"].append({**who, "event_timestamp": billed, **bill})
        if month <= 12:
            left = utc("2024-12-20") + pd.DateOffset(months=month)
            rows["churn_events"].append({**who, "event_timestamp": left})
    return rows


@dataclass(frozen=True)
class Trained:
    result: RunResult
    model: ChurnModel
    pulled: Pulled


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, quick_settings: Settings) -> Iterator[Trained]:
    """A run of one arm. Half of the customers are untouched, and followed from dates two months apart."""
    folder = tmp_path_factory.mktemp("leaving")
    (folder / "models").mkdir()
    BentoMLContainer.model_store.set(ModelStore(folder / "models"))
    repo = apply_beside(write_lake(folder / "lake", leaving_telecom(1200), data_until="2026-01-01"))
    chosen = {
        "samplers": ("none",),
        "classifiers": {"logistic_regression": quick_settings.classifiers["logistic_regression"]},
        "split": changed(quick_settings.split, test_share=0.5),
        "cohorts": changed(quick_settings.cohorts, every_months=2),
    }
    settings = quick_settings.model_copy(update=chosen)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in repo.environment.items():
            patch.setenv(name, value)
        result = run(REPO, repo.lake, settings, folder / "runs")
        pulled = load_dataset(REPO, repo.lake, settings)
    yield Trained(result, load_model(result.summary["model"]), pulled)
    BentoMLContainer.model_store.reset()


def test_a_run_registers_curves_like_the_true_ones(trained):
    survival, features = trained.model.survival, trained.pulled.dataset.features
    assert survival is not None
    probability = trained.model.predict(trained.model.encoder.encode_frame(features))
    monthly = (features["Contract"] == "Month-to-month").to_numpy()
    for mask, rate in ((monthly, MONTHLY), (~monthly, LONG)):
        curve = survival.curve(probability[mask]).mean(axis=0)
        assert curve[:4] == pytest.approx((1 - rate) ** np.arange(1, 5), abs=0.08)


def test_a_run_says_what_it_fitted_and_how_it_was_judged(trained):
    section = json.loads((trained.result.folder / "run.json").read_text())["survival"]
    assert section == trained.result.summary["survival"]
    assert (section["missing"], section["window"]) == (None, 4)
    months = ("2025-01", "2025-03", "2025-05", "2025-07", "2025-09")
    assert section["dates"] == [f"{month}-01T00:00:00+00:00" for month in months]
    scores = section["judged"]["integrated_brier"]
    assert scores["hazards"] < scores["kaplan_meier"]
    assert abs(scores["hazards"] - scores["cox"]) < 0.02
    out_of_time = section["judged"]["out_of_time"]
    assert out_of_time["dates"][-1] == section["dates"][-1]
    assert len(out_of_time["deciles"]) == 10
    assert sum(one["customers"] for one in section["segments"]) == section["all"]["customers"]
    assert section["all"]["value"] > 0
    assert f"Integrated Brier score: hazards {scores['hazards']:.4f}" in (
        trained.result.folder / "report.md"
    ).read_text(encoding="utf-8")


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_card_says_how_long_customers_stay(trained, code):
    said = load_metadata(trained.result.summary["model"]).card.time_to_churn
    assert said.key == "card.time_to_churn.fitted"
    assert "2025" in Language(code).say(said.key, **said.values)


@pytest.mark.parametrize(("code", "share"), [("en", "%"), ("es", "\N{NO-BREAK SPACE}%")])
def test_the_report_draws_the_curves_and_says_how_good_they_are(trained, code, share):
    language, section = load_language(code), trained.result.summary["survival"]
    source = ReportSource(trained.result.summary, {})
    chapter = time_to_churn_chapter.content(source, language)
    page = environment(language).get_template("time_to_churn.html").render(source=source, **chapter)
    assert 'id="survival"' in page
    assert language.number(section["judged"]["integrated_brier"]["cox"], 4) in page
    assert language.number(section["all"]["value"], 0) in page
    assert f"{section['all']['curve'][2]:.0%}".removesuffix("%") + share in page
    assert language.percent(section["judged"]["out_of_time"]["deciles"][9]["observed"]) in page


def test_a_window_longer_than_the_whole_months_seen(trained):
    # 80 days are three months to the nearest one, and two whole ones are over.
    history, settings = trained.pulled.history, trained.pulled.settings
    until = utc("2025-03-25")
    left = history.left[history.left["event_timestamp"] <= until]
    cohorts = changed(settings.cohorts, gap_days=0, horizon_days=80, count=1)
    short = trained.pulled._replace(
        history=replace(history, data_until=until, left=left),
        settings=settings.model_copy(update={"cohorts": cohorts}),
    )
    dataset = trained.pulled.dataset
    customers = dataset.keys["customerID"].tolist()
    splits = split_rows(customers, dataset.churned, settings.split, settings.seed)
    found = time_to_churn(short, splits, trained.model)
    assert (found.model.window, len(found.model.hazards)) == (3, 2)
    assert len(found.section["all"]["curve"]) == 3
    assert "there after the window" in time_to_churn_text(found.section)
    assert found.section["judged"]["out_of_time"]["dates"] == []


def test_a_snapshot_has_no_time_to_churn(trained):
    given = trained.pulled._replace(history=replace(trained.pulled.history, labels_given=True))
    found = time_to_churn(given, None, None)  # type: ignore[arg-type]  # neither is looked at
    assert found.model is None
    assert found.section == {"missing": "a snapshot does not say when customers left"}
    assert "(a snapshot does not say" in Language("en").say(found.statement.key, **found.statement.values)


def test_a_history_of_few_leavers_says_so(telecom, use_repo, model_store, quick_settings, tmp_path):
    use_repo(telecom)
    one_arm = {"samplers": ("none",), "classifiers": {"lightgbm": quick_settings.classifiers["lightgbm"]}}
    result = run(REPO, telecom.lake, quick_settings.model_copy(update=one_arm), tmp_path / "runs")
    reason = result.summary["survival"]["missing"]
    assert reason.endswith("left voluntarily in the months seen, and 60 are needed")
    assert load_model(result.summary["model"]).survival is None
    assert f"There is no survival model: {reason}." in (result.folder / "report.md").read_text()


def test_a_value_comes_from_the_curves_and_the_charge(trained):
    survival, dataset, profit = trained.model.survival, trained.pulled.dataset, trained.pulled.settings.profit
    rows, probability = np.array([3, 1]), np.array([0.1, 0.6])
    charges = dataset.features["MonthlyCharges"].to_numpy("float64")
    found = kept_value(dataset, rows, probability, survival, profit)
    assert found == pytest.approx(survival.value(probability, charges[rows]))
    unknown = replace(dataset, features=dataset.features.assign(MonthlyCharges=np.r_[np.nan, charges[1:]]))
    mean = kept_value(unknown, np.array([0]), np.array([0.1]), survival, profit)
    assert mean == pytest.approx(survival.value(np.array([0.1]), charges[1:].mean(keepdims=True)))


def test_a_value_is_assumed_without_curves_or_without_a_charge(trained):
    survival, dataset, profit = trained.model.survival, trained.pulled.dataset, trained.pulled.settings.profit
    rows, probability = np.array([3, 1]), np.array([0.1, 0.6])
    assumed = kept_value(dataset, rows, probability, None, profit)
    assert assumed == pytest.approx(customer_value(dataset, profit)[rows])
    assert value_is_measured(dataset, survival)
    without = replace(dataset, features=dataset.features.drop(columns="MonthlyCharges"))
    assert not value_is_measured(without, survival)
    equal = changed(profit, value_column=None)
    assert kept_value(without, rows, probability, survival, equal) == pytest.approx([200.0, 200.0])


def test_without_lifelines_a_run_says_so(monkeypatch, quick_settings):
    monkeypatch.setattr(judged, "lifelines_missing", lambda: True)
    random = np.random.default_rng(6)
    left = np.where(random.random(600) < 0.5, random.integers(1, 7, 600), 0)
    told = FollowUp(
        np.array([f"c{number}" for number in range(600)]),
        np.full(600, np.datetime64("2025-02-01T00:00:00")),
        np.full(600, 6),
        left,
        left > 0,
    )
    found = judged.judged(told, random.random(600), Spans(1, 4), quick_settings)
    assert found["cox_missing"] == "lifelines is not installed: `pip install stayline[survival]`"
    assert found["integrated_brier"]["cox"] is None
    assert found["integrated_brier"]["hazards"] > 0
    assert found["out_of_time"] == {
        "dates": [],
        "left_out": {
            "2025-02-01T00:00:00+00:00": "0 of the customers followed were seen to leave by then, of 60"
        },
        "deciles": [],
        "largest_gap": None,
    }

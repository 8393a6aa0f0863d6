from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from shipped_settings import changed, default_settings

from serving.model.signature import signature_of
from training.dataset.point_in_time import Dataset
from training.dataset.split import split_rows
from training.evaluation.published import protocols_section, resample_everything
from training.metrics.metrics import score_metrics
from training.modelling.arms import cross_validate, encode_fold
from training.modelling.classifiers import make_classifier, predict
from training.settings.resampling import ResamplingSettings
from training.settings.settings import Settings, load_settings

TELCO = Path(__file__).parents[4] / "shared" / "data" / "telco_customer_churn.csv"


@pytest.fixture(scope="module")
def noise() -> Dataset:
    """600 customers whose features say nothing about who leaves: no honest model can know."""
    random = np.random.default_rng(13)
    frame = pd.DataFrame(
        {
            "Contract": random.choice(["Month-to-month", "One year", "Two year"], 600),
            "tenure": pd.array(random.integers(0, 72, 600), dtype="Int64"),
            "MonthlyCharges": random.normal(65, 20, 600).round(2),
        }
    )
    signature = signature_of("churn_v1", list(frame))
    keys = pd.DataFrame({"customerID": [f"c{number}" for number in range(600)]})
    churned = (random.random(600) < 0.25).astype("int64")
    return Dataset(keys, frame[list(signature.names)], churned, signature, {}, (), "e" * 64)


@pytest.fixture(scope="module")
def small(quick_settings) -> Settings:
    classifiers = {"lightgbm": {"n_estimators": 60}, "random_forest": {"n_estimators": 30}}
    published = quick_settings.evaluation.published.model_copy(update={"classifiers": classifiers})
    evaluation = quick_settings.evaluation.model_copy(update={"published": published})
    return quick_settings.model_copy(update={"evaluation": evaluation, "samplers": ("none", "smoteenn")})


def split(dataset):
    folds = changed(default_settings().split, folds=3)
    return split_rows(dataset.keys["customerID"].tolist(), dataset.churned, folds, 42)


def test_the_published_protocol_finds_churn_in_noise_and_the_honest_one_does_not(noise, small):
    splits = split(noise)
    results = cross_validate(noise, splits.folds, small)
    done: list[str] = []
    section = protocols_section(results, noise, splits.holdout, small, done.append)
    assert len(done) == 2 * 2 + 1
    honest = {tuple(row["arm"].values()): row["cross_validation"]["auc"] for row in section["honest"]}
    assert len(honest) == len(results)
    assert all(0.35 < auc < 0.65 for auc in honest.values())
    leaky = {tuple(row["arm"].values()): row for row in section["published"]}
    forest = leaky["smoteenn", "random_forest"]
    assert forest["metrics"]["auc"] > 0.9
    assert forest["on_untouched"]["auc"] < 0.65
    # Without a resampler the published protocol is an ordinary split.
    assert leaky["none", "random_forest"]["rows"] == 600
    assert leaky["none", "random_forest"]["test_rows"] == 120
    assert leaky["none", "random_forest"]["metrics"]["auc"] < 0.7


def test_cleaning_the_test_rows_alone_raises_the_figures(quick_dataset, small):
    splits = split(quick_dataset)
    section = protocols_section([], quick_dataset, splits.holdout, small)["mechanism"]
    before, after = section["cleaning"]["before"], section["cleaning"]["after"]
    assert before["rows"] == len(splits.holdout.test)
    deleted = section["cleaning"]["deleted_stayed"] + section["cleaning"]["deleted_churned"]
    assert after["rows"] == before["rows"] - deleted
    assert deleted > before["rows"] / 4
    assert after["metrics"]["auc"] > before["metrics"]["auc"]
    assert after["metrics"]["accuracy"] > before["metrics"]["accuracy"]
    copies = section["copies"]
    assert copies["sampler"] == "smoteenn"
    assert copies["published"]["nearest_same_label"] > copies["honest"]["nearest_same_label"] + 0.15
    assert copies["published"]["median_distance"] < copies["honest"]["median_distance"]


def test_where_cleaning_leaves_one_class_there_is_nothing_to_measure(noise, small):
    rare = replace(noise, churned=(np.arange(600) % 25 == 0).astype("int64"))
    cleaning = protocols_section([], rare, split(rare).holdout, small)["mechanism"]["cleaning"]
    assert cleaning["after"]["churned"] == 0
    assert cleaning["after"]["metrics"] is None


def test_the_cleaned_figures_are_those_of_the_rows_that_are_left(noise, small):
    splits = split(noise)
    told = protocols_section([], noise, splits.holdout, small)["mechanism"]["cleaning"]["before"]
    encoded = encode_fold(noise, splits.holdout)
    plain = make_classifier("lightgbm", {"n_estimators": 60}, small.seed)
    plain.fit(encoded.matrix[splits.holdout.train], noise.churned[splits.holdout.train])
    churned = noise.churned[splits.holdout.test]
    expected = score_metrics(churned, predict(plain, encoded.matrix[splits.holdout.test]))
    assert told["metrics"] == expected


def test_everything_is_resampled_test_rows_included(noise):
    encoded = encode_fold(noise, split(noise).holdout)
    matrix, churned = resample_everything("smote", encoded, load_settings(), [])
    assert churned.mean() == 0.5
    assert (matrix[: len(encoded.matrix)] == encoded.matrix).all()


def test_above_the_bound_the_published_protocol_says_how_few_rows_it_searched(noise, small):
    bounded = small.model_copy(update={"resampling": ResamplingSettings.model_construct(neighbour_rows=100)})
    told = protocols_section([], noise, split(noise).holdout, bounded)["bounded_searches"]
    assert {row["among"] for row in told} == {100}
    assert {row["sampler"] for row in told} == set(bounded.samplers) - {"none"}


@pytest.mark.parametrize(("module", "reaches"), [("training.pipeline", False), ("training.evaluate", True)])
def test_a_run_does_not_reach_the_published_protocol(module, reaches):
    code = f"import sys, {module}; print('training.evaluation.published' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert told.stdout.split()[-1] == str(reaches)


@pytest.mark.slow
@pytest.mark.skipif(not TELCO.is_file(), reason=f"needs {TELCO.name} of the shared data folder")
def test_on_the_telco_file_it_shows_what_the_published_study_shows():
    settings = load_settings().model_copy(update={"samplers": ("smoteenn",)})
    dataset = telco()
    splits = split_rows(dataset.keys["customerID"].tolist(), dataset.churned, settings.split, settings.seed)
    section = protocols_section([], dataset, splits.holdout, settings)
    told = {row["arm"]["classifier"]: row for row in section["published"]}
    assert any(
        told[name]["metrics"]["precision"] >= 0.96 and told[name]["metrics"]["auc"] >= 0.99
        for name in ("lightgbm", "xgboost")
    )
    for row in section["published"]:
        assert row["on_untouched"]["precision"] < 0.6
        assert row["on_untouched"]["auc"] < 0.85
    cleaning = section["mechanism"]["cleaning"]
    assert cleaning["before"]["metrics"]["auc"] < 0.85
    assert cleaning["after"]["metrics"]["auc"] > 0.98


def telco() -> Dataset:
    """The Telco CSV as the loader would give it, without a lake."""
    table = pd.read_csv(TELCO)
    table["TotalCharges"] = pd.to_numeric(table["TotalCharges"], errors="coerce").fillna(0.0)
    table["SeniorCitizen"] = table["SeniorCitizen"].astype("boolean")
    churned = table.pop("Churn").eq("Yes").to_numpy().astype("int64")
    keys = table[["customerID"]]
    known = [spec.name for spec in signature_of("churn_v1").features if spec.name in table]
    signature = signature_of("churn_v1", known)
    frame = table[list(signature.names)]
    return Dataset(keys, frame, churned, signature, {}, (), "d" * 64)

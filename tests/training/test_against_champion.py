"""A run on a new edition against the champion of the edition before."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from house import apply_beside
from hypothesis import given, settings
from hypothesis import strategies as st
from shipped_settings import default_settings
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score
from small_lakes import AppliedRepo, telecom_rows, write_lake

from feature_repo.paths import REPO
from serving.features.offline_features import cast
from serving.language.language import Language
from serving.model.customers import Customers, hashes
from serving.model.documents import CUSTOMERS_FILE
from serving.registry.model_files import load_metadata, load_model, registered_model
from training.commands.cli import main
from training.dataset.pull import load_dataset
from training.dataset.split import split_rows
from training.metrics.profit import contact_profit, customer_value
from training.pipeline import run
from training.report.chapters import evaluation
from training.report.language import load_language

SPLIT = default_settings().split


@pytest.fixture
def one_arm(quick_settings):
    chosen = {"lightgbm": quick_settings.classifiers["lightgbm"]}
    cohorts = quick_settings.cohorts.model_copy(update={"count": 1})
    update = {"samplers": ("none",), "classifiers": chosen, "cohorts": cohorts}
    return quick_settings.model_copy(update=update)


def edition(tmp_path, until: str, known: int = 300, base: str = "by-hand") -> AppliedRepo:
    """The first ``known`` of 400 customers: of July until December 2025, and of October until February."""
    rows = telecom_rows(400)
    names = {f"{number:04d}-TESTA" for number in range(known)}
    kept = {table: [row for row in of if row["customerID"] in names] for table, of in rows.items()}
    return apply_beside(write_lake(tmp_path / f"{base}-{until}-{known}" / "lake", kept, until, base=base))


@pytest.fixture
def trained(use_repo, model_store, one_arm, tmp_path):
    """Train on an edition, and return what the run left and its lake."""

    def train(until, *, settings=one_arm, **how):
        place = edition(tmp_path, until, **how)
        use_repo(place)
        return run(REPO, place.lake, settings, tmp_path / "runs"), place.lake

    return train


def test_champion_and_newcomer_are_paired_on_whom_neither_has_learned_from(trained, one_arm, tmp_path):
    first, _ = trained("2025-12-01")
    second, lake = trained("2026-02-01", known=400)
    assert first.summary["against_champion"] is None
    found = second.summary["against_champion"]
    assert found["champion"] == first.summary["model"]
    assert found["cohort"]["observation_date"] == "2025-10-01T00:00:00+00:00"
    rows = pd.read_parquet(second.folder / "against_champion.parquet")
    learned = [registered_model(one.summary["model"]).customers() for one in (first, second)]
    judged = set(hashes(rows["customerID"]).tolist())
    for one in learned:
        assert not judged & set(one.trained.tolist())
    assert judged <= set(learned[1].untouched.tolist())
    # Nobody moved, and some who are new are judged.
    assert set(learned[0].trained.tolist()) <= set(learned[1].trained.tolist())
    assert set(learned[0].untouched.tolist()) <= set(learned[1].untouched.tolist())
    assert judged - set(learned[0].untouched.tolist())
    assert_figures_are(by_hand(first, second, lake, one_arm, rows), found)
    assert_said_everywhere(second, found, tmp_path)


def by_hand(first, second, lake, one_arm, rows):
    """The figures of the champion and of the newcomer, from the registered models and scikit-learn."""
    pulled = load_dataset(REPO, lake, one_arm)
    at = pulled.dataset.keys["customerID"].isin(rows["customerID"]).to_numpy()
    churned = pulled.dataset.churned[at]
    features = pulled.offline.read(pulled.dataset.keys[at])
    gain = contact_profit(churned, customer_value(pulled.dataset, one_arm.profit)[at], one_arm.profit)
    figures = {}
    for side, one in (("second", first), ("first", second)):
        tag = one.summary["model"]
        model, threshold = load_model(tag), load_metadata(tag).thresholds.chosen
        score = model.predict(model.encoder.encode_frame(cast(features, model.signature.features)))
        figures[side] = {
            "auc": roc_auc_score(churned, score),
            "average_precision": average_precision_score(churned, score),
            "brier": brier_score_loss(churned, score),
            "profit_per_customer": (gain * (score >= (2 if threshold is None else threshold))).mean(),
        }
    assert len(rows) == at.sum()
    return figures


def assert_figures_are(figures, found):
    for name, one in found["metrics"].items():
        assert one["first"] == pytest.approx(figures["first"][name])
        assert one["second"] == pytest.approx(figures["second"][name])
        difference = one["difference"]
        assert difference["estimate"] == pytest.approx(figures["first"][name] - figures["second"][name])
        assert difference["low"] <= difference["high"]
    assert set(found["metrics"]) == {"auc", "average_precision", "brier", "profit_per_customer"}


def assert_said_everywhere(result, found, tmp_path):
    key, values = found["statement"]["key"], found["statement"]["values"]
    english, spanish = (Language(code).say(key, **values) for code in ("en", "es"))
    assert f"{found['customers']} customers neither has learned from" in english
    assert "window Oct 31, 2025 to Jan 29, 2026: AUC" in english
    assert json.loads((result.folder / "run.json").read_text())["against_champion"] == found
    assert english in (result.folder / "report.md").read_text()
    assert load_metadata(result.summary["model"]).card.against_champion.key == key
    shown = CliRunner().invoke(main, ["show", "--brief", "--runs", str(tmp_path / "runs")])
    assert english in shown.output
    chapter = evaluation.against_champion(found, load_language("es"))
    assert chapter["said"] == spanish
    assert len(chapter["rows"]) == 4


def test_too_few_are_said_with_their_numbers(trained, monkeypatch):
    trained("2025-12-01")
    monkeypatch.setattr("training.evaluation.against_champion.LEAST", 500)
    second, _ = trained("2026-02-01")
    found = second.summary["against_champion"]
    assert found["metrics"] == {}
    assert found["statement"]["key"] == "card.against_champion.too_few"
    assert found["statement"]["values"]["customers"] == found["customers"] > 0
    assert not (second.folder / "against_champion.parquet").exists()


def test_a_champion_of_another_base_or_window_is_named_and_not_compared(trained, one_arm):
    trained("2025-12-01")
    cohorts = one_arm.cohorts.model_copy(update={"horizon_days": 60})
    shorter, _ = trained("2026-02-01", settings=one_arm.model_copy(update={"cohorts": cohorts}))
    assert shorter.summary["against_champion"]["statement"]["key"] == "card.against_champion.other_window"
    other, _ = trained("2026-02-01", base="another")
    said = other.summary["against_champion"]["statement"]
    assert said["key"] == "card.against_champion.other_base"
    assert said["values"]["base"] == "another"


def test_a_champion_without_the_record_of_its_customers_is_named_and_not_compared(trained, monkeypatch):
    monkeypatch.setattr("serving.registry.model_files.write_customers", lambda *_: None)
    first, _ = trained("2025-12-01")
    assert CUSTOMERS_FILE not in registered_model(first.summary["model"]).checksums
    second, _ = trained("2026-02-01")
    assert second.summary["against_champion"]["statement"]["key"] == "card.against_champion.customers_unknown"


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000), st.lists(st.integers(0, 120), min_size=1, max_size=4))
def test_a_customer_never_changes_sides_over_editions(seed, joins):
    """Whoever joins, and however the labels turn out; customers who were away for an edition are kept too."""
    random = np.random.default_rng(seed)
    before, sides, count = None, {}, 150
    for more in joins:
        count += more
        names = [f"c{number}" for number in range(count) if random.random() < 0.9]
        churned = (random.random(len(names)) < 0.4).astype(int)
        splits = split_rows(names, churned, SPLIT, 42, before)
        assert splits.notes == ()
        for side, rows in (("trained", splits.holdout.train), ("untouched", splits.holdout.test)):
            for row in rows:
                assert sides.setdefault(names[row], side) == side
        before = Customers.from_json(splits.customers.to_json())


def test_the_same_customers_are_split_as_they_were_down_to_the_folds():
    names, churned = [f"c{number}" for number in range(200)], np.arange(200) % 3 % 2
    first = split_rows(names, churned, SPLIT, 42)
    again = split_rows(names, churned, SPLIT, 42, first.customers)
    for one, other in zip((first.holdout, *first.folds), (again.holdout, *again.folds), strict=True):
        assert np.array_equal(one.train, other.train)
        assert np.array_equal(one.test, other.test)


def test_parts_that_cannot_be_judged_on_are_split_anew_and_named():
    names, churned = [f"c{number}" for number in range(200)], np.arange(200) % 3 % 2
    first = split_rows(names, churned, SPLIT, 42)
    churned[first.holdout.test] = 0
    again = split_rows(names, churned, SPLIT, 42, first.customers)
    assert "in the untouched part of the model before, 0 of 40 customers churned" in again.notes[0]
    assert churned[again.holdout.test].any()

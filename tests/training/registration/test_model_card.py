from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from serving.card.card import ModelCard
from serving.card.card_text import card_text
from serving.language.catalogue import LANGUAGES
from serving.language.language import Language
from training.dataset.cohorts import CohortLog
from training.dataset.history import History, Kind
from training.evaluation.headline import figures
from training.evaluation.thresholds import thresholds_section
from training.metrics.bootstrap import CARD_DRAWS
from training.modelling.arms import Arm
from training.registration.model_card import model_card, thresholds_of


def log(day: str) -> CohortLog:
    return CohortLog(f"{day}T00:00:00+00:00", None, None, 150, 0, 150, 40)


def history(kind: Kind) -> History:
    nothing = pd.DataFrame()
    return History("hand", kind, kind == "snapshot", pd.Timestamp("2026-01-01", tz="UTC"), *[nothing] * 3)


@pytest.fixture(scope="module")
def run(finished):
    _, run = finished
    return replace(run, dataset=replace(run.dataset, logs=(log("2025-07-01"), log("2025-10-01"))))


@pytest.fixture(scope="module")
def card(run) -> ModelCard:
    return model_card(run, thresholds_of(run), history("simulated"))


def limits(card: ModelCard) -> list[str]:
    return [limit.key.removeprefix("card.limits.") for limit in card.limits]


def test_figures_are_those_of_the_evaluation_and_of_cross_validation(run, card):
    threshold = thresholds_of(run).chosen
    evaluation = run.settings.evaluation.model_copy(update={"draws": CARD_DRAWS})
    settings = run.settings.model_copy(update={"evaluation": evaluation})
    evaluated = figures(run.untouched, threshold, settings)
    for name, figure in card.figures.model_dump().items():
        assert {part: figure[part] for part in ("estimate", "low", "high")} == evaluated[name], name
    best = run.results[0]
    assert card.figures.auc.fold_mean == pytest.approx(best.mean("auc"))
    assert card.figures.auc.fold_std == pytest.approx(best.std("auc"))
    assert card.figures.average_precision.fold_mean == pytest.approx(best.mean("average_precision"))
    assert card.figures.brier.fold_mean == pytest.approx(best.mean("brier_calibrated"))


def test_precision_over_the_folds_is_that_of_each_folds_own_rows(run, card):
    threshold = thresholds_of(run).chosen
    scores = dict(zip(run.splits.holdout.train, run.cross_validation.probability, strict=True))
    precisions = []
    for fold in run.splits.folds:
        contacted = [row for row in fold.test if scores[row] >= threshold]
        precisions.append(np.mean(run.dataset.churned[contacted]))
    assert card.figures.precision.fold_mean == pytest.approx(np.mean(precisions))
    assert card.figures.precision.fold_std == pytest.approx(np.std(precisions, ddof=1))


def test_thresholds_are_those_of_the_evaluation(run):
    told = thresholds_of(run)
    settings = run.settings
    section = thresholds_section(run.cross_validation, run.untouched, settings.decision, settings.profit)
    assert (told.rule, told.chosen) == (section["rule"], section["chosen"])
    for name in ("profit", "precision_floor"):
        rule = getattr(told, name)
        assert rule.threshold == section[name]["threshold"]
        for part, value in rule.untouched.model_dump().items():
            assert value == section[name]["untouched"][part]
    assert told.precision_floor.lower_bound == section["precision_floor"]["lower_bound"]


def test_a_rule_that_contacts_nobody_has_no_precision(run):
    decision = run.settings.decision.model_copy(update={"rule": "precision_floor", "precision_floor": 0.999})
    settings = run.settings.model_copy(update={"decision": decision})
    strict = replace(run, settings=settings)
    thresholds = thresholds_of(strict)
    assert thresholds.chosen is None
    assert thresholds.precision_floor.untouched.precision is None
    precision = model_card(strict, thresholds, history("history")).figures.precision
    assert set(precision.model_dump().values()) == {None}


def test_the_data_window_is_that_of_the_dataset(run, card):
    dataset = run.dataset
    assert (card.data.base, card.data.kind) == ("hand", "simulated")
    assert (card.data.rows, card.data.customers) == (300, 300)
    assert card.data.churn_rate == pytest.approx(dataset.churned.mean())
    assert card.data.observation_dates == ("2025-07-01T00:00:00+00:00", "2025-10-01T00:00:00+00:00")
    assert card.data.features == dataset.signature.names
    assert (card.data.gap_days, card.data.horizon_days) == (30, 90)
    assert card.judged.values["churned"] == int(run.untouched.churned.sum())


def test_calibration_is_that_of_the_untouched_part(run, card):
    untouched = run.untouched
    assert card.calibration.brier_before == pytest.approx(np.mean((untouched.raw - untouched.churned) ** 2))
    assert card.calibration.brier_after == pytest.approx(card.figures.brier.estimate)


def test_limits_follow_from_the_facts(run, card):
    assert limits(card) == [
        *("simulated", "period", "late_leaves", "small_groups", "time_to_live", "time_to_live", "not_causal")
    ]
    views = [limit.values for limit in card.limits if limit.key.endswith("time_to_live")]
    assert views == [{"views": ("billing",), "days": 62}, {"views": ("services",), "days": 7300}]

    one = replace(run, dataset=replace(run.dataset, logs=(log("2025-07-01"),)))
    thresholds = thresholds_of(one)
    dated = model_card(one, thresholds, history("history"))
    assert limits(dated)[:2] == ["one_date", "late_leaves"]
    assert "card.out_of_scope.simulated" not in {said.key for said in dated.out_of_scope}

    snapshot = model_card(one, thresholds, history("snapshot"))
    assert limits(snapshot)[:2] == ["snapshot", "small_groups"]
    assert snapshot.data.horizon_days is None
    assert "card.intended_use.snapshot" in {said.key for said in snapshot.intended_use}


def test_resampling_dropped_and_personal_features_are_limits(run):
    first = replace(run.results[0], arm=Arm("smote", "lightgbm"))
    signature = run.dataset.signature
    features = tuple(
        replace(spec, view="demographics") if spec.name == "tenure" else spec for spec in signature.features
    )
    lives = {**signature.ttl_seconds, "demographics": 0}
    dataset = replace(
        run.dataset,
        signature=replace(signature, features=features, ttl_seconds=lives),
        dropped={"numTechTickets": "no value in any row"},
    )
    other = replace(run, results=(first, *run.results[1:]), dataset=dataset)
    said = {
        limit.key: limit.values
        for limit in model_card(other, thresholds_of(other), history("history")).limits
    }
    assert said["card.limits.resampled"] == {"sampler": "smote"}
    assert said["card.limits.personal"] == {"features": ("tenure",)}
    assert said["card.limits.dropped"] == {"features": ("numTechTickets",)}


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_card_can_be_read_in_every_language(code, run, card):
    text = card_text(card, thresholds_of(run), Language(code))
    assert {section.name for section in text} == {*ModelCard.model_fields, "decision"} - {
        *("against_champion", "time_to_churn")
    }

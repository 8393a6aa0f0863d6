"""Learners, choice and bins on made-up campaigns whose effect is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from serving.model.effects import OfferEffect
from training.dataset.history import HOLD_OUT
from training.settings.settings import Settings, load_settings
from training.uplift.figures import figures, profit_scores, qini_of
from training.uplift.learners import LEARNERS, targets
from training.uplift.offer import measure_offer, out_of_fold
from training.uplift.sample import Sample
from training.uplift.scores import OfferScores, offer_scores
from training.uplift.stay_models import stay_fits, stay_scores

OFFER = "call"


@pytest.fixture(scope="module")
def settings() -> Settings:
    """The default settings with fewer trees and draws."""
    values = load_settings().model_dump()
    values["uplift"]["stays"] |= {"n_estimators": 30, "learning_rate": 0.1}
    values["uplift"]["ranking"] |= {"n_estimators": 40, "min_child_samples": 100}
    values["uplift"] |= {"draws": 200, "folds": 3}
    return Settings.model_validate(values)


def campaign(effect: float, rows: int = 6_000, seed: int = 3) -> Sample:
    """Half of the customers, those of a positive first feature, stay likelier by `effect` with the offer.

    A third of the rows is offered it. Two rows each are of one customer.
    """
    random = np.random.default_rng(seed)
    matrix = random.normal(size=(rows, 4))
    offer = np.where(random.random(rows) < 1 / 3, OFFER, HOLD_OUT)
    chance = 0.5 + 0.1 * (matrix[:, 1] > 0) + effect * (matrix[:, 0] > 0) * (offer == OFFER)
    cluster = np.arange(rows) // 2
    return Sample(
        matrix=matrix,
        offer=offer,
        campaign=np.array(["spring"] * rows),
        probability=np.where(offer == OFFER, 1 / 3, 2 / 3),
        stayed=(random.random(rows) < chance).astype("float64"),
        cluster=cluster.astype(str),
        fold=cluster % 3,
        value=np.full(rows, 200.0),
    )


def measured(sample: Sample, settings: Settings):
    stay = stay_scores(sample, [HOLD_OUT, OFFER], settings, lambda _: None)
    return measure_offer(sample, OFFER, stay, settings)


@pytest.fixture(scope="module")
def found(settings: Settings):
    return measured(campaign(0.3), settings)


def test_the_effect_is_found_where_it_is(found) -> None:
    effect: OfferEffect = found.effect
    assert found.section["ranked"]
    assert effect.facts.learner in LEARNERS
    new = campaign(0.3, seed=4)
    mean = np.array(effect.mean)[effect.bins(new.matrix)]
    assert mean[new.matrix[:, 0] > 0.2].mean() == pytest.approx(0.3, abs=0.08)
    assert mean[new.matrix[:, 0] < -0.2].mean() == pytest.approx(0.0, abs=0.08)
    assert effect.facts.average == pytest.approx(0.15, abs=0.04)
    assert effect.facts.rows == (campaign(0.3).offer == OFFER).sum()


def test_every_learner_ranks_better_than_chance(found) -> None:
    assert set(found.section["qini_by_learner"]) == set(LEARNERS)
    assert min(found.section["qini_by_learner"].values()) > 0.01


def test_the_best_learner_is_chosen(found) -> None:
    by_learner = found.section["qini_by_learner"]
    assert found.section["learner"] == max(by_learner, key=by_learner.__getitem__)
    assert found.section["qini"]["estimate"] == pytest.approx(max(by_learner.values()))


def test_uplift_beats_risk_where_risk_says_nothing_of_the_response(found) -> None:
    assert found.section["over_risk"]["low"] > 0


def test_an_offer_that_does_nothing_has_one_effect_for_everybody(settings: Settings) -> None:
    effect, section = measured(campaign(0.0), settings)
    assert effect.ranking is None
    assert effect.facts.learner is None
    assert not section["ranked"]
    assert section["qini"]["low"] <= 0
    assert effect.mean == (effect.facts.average,)
    assert abs(effect.mean[0]) < 3 * effect.error[0]


def test_an_offer_that_does_the_same_to_everybody_is_not_ranked(settings: Settings) -> None:
    rows = campaign(0.0)
    random = np.random.default_rng(9)
    stayed = np.where((rows.offer == OFFER) & (random.random(len(rows)) < 0.4), 1.0, rows.stayed)
    effect, _ = measured(replace(rows, stayed=stayed), settings)
    assert effect.ranking is None
    assert effect.mean[0] == pytest.approx(0.4 * 0.45, abs=0.04)


@pytest.mark.parametrize("learner", LEARNERS)
def test_what_happened_to_a_fold_does_not_move_its_own_ranking(learner, settings: Settings) -> None:
    rows = campaign(0.3, rows=1_500)
    other = replace(rows, stayed=np.where(rows.fold == 0, 1 - rows.stayed, rows.stayed))
    ranked = [
        out_of_fold(learner, one, OFFER, stay_scores(one, [HOLD_OUT, OFFER], settings, str), settings)
        for one in (rows, other)
    ]
    np.testing.assert_array_equal(ranked[0][rows.fold == 0], ranked[1][rows.fold == 0])
    assert (ranked[0][rows.fold != 0] != ranked[1][rows.fold != 0]).any()


def test_one_classifier_for_every_pair_of_folds(settings: Settings) -> None:
    told: list[str] = []
    stay_scores(campaign(0.3, rows=600), [HOLD_OUT, OFFER], settings, told.append)
    assert len(told) == stay_fits(2, 3) == 12


def test_the_targets_of_the_x_learner() -> None:
    rows = replace(
        campaign(0.0, rows=4),
        offer=np.array([OFFER, HOLD_OUT, HOLD_OUT, "discount"]),
        stayed=np.array([1.0, 0.0, 1.0, 1.0]),
        probability=np.array([0.25, 0.5, 0.5, 0.25]),
    )
    scores = offer_scores(rows, OFFER, np.full(4, 0.7), np.full(4, 0.6))
    target, weight = targets("X", rows, OFFER, scores)
    np.testing.assert_allclose(target[:3], [0.4, 0.7, -0.3])
    # One offered, two held out: the offered weigh 2/3 over 0.25, the others 1/3 over 0.5.
    np.testing.assert_allclose(weight, [8 / 3, 2 / 3, 2 / 3, 0])


def test_money_and_customers_kept_per_thousand(settings: Settings) -> None:
    values = settings.model_dump()
    values["profit"] |= {"offer_cost": 10, "contact_cost": 1}
    values["uplift"] |= {"depth": 0.5, "draws": 20}
    rows = replace(campaign(0.0, rows=4), value=np.array([100.0, 100.0, 200.0, 200.0]))
    scores = OfferScores(
        with_offer=np.full(4, 0.8),
        without=np.full(4, 0.5),
        effect=np.array([0.4, 0.2, 0.0, -0.2]),
        stays=np.array([0.9, 0.7, 0.5, 0.3]),
    )
    own = Settings.model_validate(values)
    # 0.4 x 100 - 0.9 x 10 - 1, and so on.
    np.testing.assert_allclose(profit_scores(rows, scores, own), [30, 12, -6, -44])
    found = figures(np.array([4.0, 3.0, 2.0, 1.0]), rows, scores, own)
    # The first two of four: (0.4 + 0.2) / 4 customers and (30 + 12) / 4 of money, for each of the base.
    assert found["kept"].estimate == pytest.approx(150)
    assert found["profit"].estimate == pytest.approx(10_500)
    assert found["average"].estimate == pytest.approx(0.1)


def test_intervals_draw_customers_not_rows(settings: Settings) -> None:
    rows = campaign(0.3, rows=400)
    copies = rows.where(np.repeat(np.arange(400), 10))
    alone = replace(copies, cluster=np.arange(4_000).astype(str))
    widths = []
    for one in (copies, alone):
        scores = offer_scores(one, OFFER, np.full(4_000, 0.6), np.full(4_000, 0.5))
        found = figures(one.matrix[:, 0], one, scores, settings)["average"]
        widths.append(found.high - found.low)
    assert widths[0] > 2 * widths[1]


def test_the_qini_of_equal_scores_is_zero() -> None:
    effect = np.random.default_rng(1).normal(size=50)
    assert qini_of(np.zeros(50), effect) == pytest.approx(0.0, abs=1e-12)

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest
from shipped_settings import changed, default_settings

from training.evaluation.thresholds import (
    by_precision_floor,
    by_profit,
    next_time,
    precision_bound,
    thresholds_section,
)
from training.metrics.scored import Scored

BY_PROFIT = default_settings().decision
FLOOR = changed(BY_PROFIT, rule="precision_floor")
PROFIT = default_settings().profit


def scored(probability, churned) -> Scored:
    probability, churned = np.asarray(probability, dtype=float), np.asarray(churned)
    customers = np.arange(len(churned)).astype(str)
    return Scored(customers, churned, probability, probability, np.full(len(churned), 200.0))


def calibrated(rows: int, seed: int) -> Scored:
    """Customers whose probabilities are true."""
    random = np.random.default_rng(seed)
    probability = random.beta(0.7, 1.6, rows)
    return scored(probability, (random.random(rows) < probability).astype(int))


def test_the_bound_is_clopper_and_pearsons():
    bounds = precision_bound(np.array([0, 45, 50]), np.array([50, 50, 50]), 0.95)
    assert bounds[0] == 0
    for found, churners in zip(bounds[1:], (45, 50), strict=True):
        assert found == pytest.approx(binomtest(churners, 50, alternative="greater").proportion_ci(0.95).low)


def test_the_floor_holds_on_new_customers_where_a_threshold_set_exactly_at_it_does_not():
    held, naive_held, recalls = 0, 0, []
    for seed in range(40):
        validation, new = calibrated(4000, seed), calibrated(40_000, 1000 + seed)
        found = by_precision_floor(validation, 1000, FLOOR)
        chosen = new.contacted(found.threshold)
        held += new.churned[chosen].mean() >= 0.8
        recalls.append(new.churned[chosen].sum() / new.churned.sum())
        order = np.argsort(-validation.probability)
        running = np.cumsum(validation.churned[order]) / np.arange(1, 4001)
        exact = validation.probability[order][np.flatnonzero(running >= 0.8)[-1]]
        naive_held += new.churned[new.probability >= exact].mean() >= 0.8
    assert held >= 38
    assert naive_held <= 28
    assert np.median(recalls) > 0.15


def test_the_luck_of_the_next_campaign_by_hand():
    # 3 of 3 churned: the precision is Beta(4, 1), and one new contact churns with its mean, 4 / 5.
    assert next_time(np.array([3]), np.array([3]), np.array([1.0]), 0.8)[0] == pytest.approx(4 / 5)
    # Of five new ones at least four must: the chance is that of a Polya urn with 4 and 1.
    urn = (4 * 5 * 6 * 7 * 8 + 5 * 4 * 5 * 6 * 7 * 1) / (5 * 6 * 7 * 8 * 9)
    assert next_time(np.array([3]), np.array([3]), np.array([5.0]), 0.8)[0] == pytest.approx(urn)


def test_a_next_campaign_has_whole_contacts_and_at_least_one():
    # 3 of 3 churned: that the next k of k do has the chance 4 / (4 + k).
    contacts = np.array([0.2, 1.4, 1.6])
    found = next_time(np.full(3, 3), np.full(3, 3), contacts, 0.9)
    assert found == pytest.approx([4 / 5, 4 / 5, 4 / 6])
    # 0.55 of 100 is 55, though not in binary fractions.
    assert 0.55 * 100 > 55
    exactly, just = (
        next_time(np.array([60]), np.array([99]), np.array([100.0]), floor) for floor in (0.55, 0.5499)
    )
    assert exactly == pytest.approx(just)


def test_a_threshold_that_is_safe_next_time_goes_before_a_laxer_one():
    random = np.random.default_rng(8)
    # The first 100 leave at 0.95, the next 100 at 0.8: together they clear the bound, but not every campaign.
    probability = np.r_[np.full(100, 0.9), np.full(100, 0.8), np.full(9800, 0.1)]
    churned = np.r_[np.arange(100) >= 5, np.arange(100) >= 25, random.random(9800) < 0.1].astype(int)
    found = by_precision_floor(scored(probability, churned), 2500, FLOOR)
    assert found.threshold == 0.9
    assert found.next_time >= 0.9
    certain = by_precision_floor(scored(probability, churned), 2_500_000, FLOOR)
    assert certain.threshold == 0.8


def test_no_threshold_is_said_with_its_reason():
    found = by_precision_floor(scored([0.9, 0.5, 0.1], [1, 1, 0]), 100, FLOOR)
    assert (found.threshold, found.next_time) == (None, None)
    # At 90 % the bound is 0.1 for one of one, 0.1 ** (1 / 2) for two of two, and lower for two of three.
    assert found.lower_bound == pytest.approx(0.1**0.5)
    assert found.reason == (
        "no share of the customers has a precision of 0.8 for sure: the best lower bound is 0.316, "
        "of the 2 with the highest probability"
    )


def test_a_bound_and_a_chance_that_just_reach_what_is_asked_for_are_enough():
    probability, churned = [0.9, 0.9, 0.9, 0.5, 0.5], [1, 1, 1, 1, 0]
    rows = scored(probability, churned)
    bounds = precision_bound(np.array([3, 4]), np.array([3, 5]), 0.8)
    assert (
        by_precision_floor(rows, 5, changed(FLOOR, confidence=0.8, precision_floor=bounds[1])).threshold
        == 0.5
    )
    # One next contact churns with 4 / 5 after 3 of 3, and with 5 / 7 after 4 of 5.
    chance = float(next_time(np.array([3]), np.array([3]), np.array([1.0]), 0.5)[0])
    safe = by_precision_floor(rows, 1, changed(FLOOR, confidence=chance, precision_floor=0.5))
    assert (safe.threshold, safe.next_time) == (0.9, chance)


def test_where_no_threshold_is_safe_next_time_the_bound_alone_decides():
    # 850 of every 1,000 churned, so the bound is above 0.8; but one next contact churns with 0.85 only.
    churned = np.tile((np.arange(1000) < 850).astype(int), 3)
    found = by_precision_floor(scored(np.repeat([0.9, 0.8, 0.7], 1000), churned), 1, FLOOR)
    assert found.threshold == 0.7
    assert found.next_time == pytest.approx(2551 / 3002)
    assert 0.8 < found.lower_bound < 0.85


def test_a_small_sample_is_not_trusted_however_pure():
    # Ten of ten churned; the bound at 90 % is 0.1 ** (1 / 10) = 0.794.
    probability = np.r_[np.full(10, 0.9), np.full(990, 0.1)]
    found = by_precision_floor(scored(probability, np.r_[np.ones(10, int), np.zeros(990, int)]), 100, FLOOR)
    assert found.threshold is None
    eleven = np.r_[np.full(11, 0.9), np.full(1089, 0.1)]
    found = by_precision_floor(scored(eleven, np.r_[np.ones(11, int), np.zeros(1089, int)]), 100, FLOOR)
    assert found.threshold == 0.9
    assert found.lower_bound == pytest.approx(0.1 ** (1 / 11))


def test_profit_by_hand():
    # 56 for a churner, -11 for another: the first two shares pay, the third does not.
    probability = np.r_[np.full(100, 0.9), np.full(100, 0.3), np.full(100, 0.05)]
    churned = np.r_[np.ones(90), np.zeros(10), np.ones(30), np.zeros(70), np.zeros(100)].astype(int)
    rows = scored(probability, churned)
    assert by_profit(rows, PROFIT).threshold == 0.3
    section = thresholds_section(rows, rows, BY_PROFIT, PROFIT)
    assert section["chosen"] == 0.3
    assert thresholds_section(rows, rows, FLOOR, PROFIT)["chosen"] == 0.9
    assert section["profit"]["untouched"] == {
        "confusion": {"true_positive": 120, "false_positive": 80, "false_negative": 0, "true_negative": 100},
        "precision": 0.6,
        "recall": 1.0,
        "contact_share": pytest.approx(2 / 3),
        "profit_per_customer": pytest.approx((120 * 56 - 80 * 11) / 300),
    }
    assert section["precision_floor"]["validation"]["confusion"]["true_positive"] == 90


def test_thresholds_are_tried_at_every_hundredth_of_the_rows():
    # The first 15 of 1,000 churned: 20 contacts bring more than 10, and than 30.
    probability = 1 - np.arange(1000) / 1000
    rows = scored(probability, (np.arange(1000) < 15).astype(int))
    assert by_profit(rows, PROFIT).threshold == probability[19]
    assert by_profit(scored(probability, np.ones(1000, int)), PROFIT).threshold == probability[999]
    few = scored(probability[:30], (np.arange(30) < 15).astype(int))
    assert by_profit(few, PROFIT).threshold == probability[14]


def test_a_contact_that_brings_nothing_is_not_made():
    # Half of the churners accept, who are worth 190 more than the offer; a contact costs as much.
    nothing = changed(PROFIT, acceptance_alpha=1, acceptance_beta=1, contact_cost=95)
    assert by_profit(scored([0.9, 0.1], [1, 0]), nothing).threshold is None
    little = changed(nothing, contact_cost=94.5)
    assert by_profit(scored([0.9, 0.1], [1, 0]), little).threshold == 0.9


def test_a_section_says_what_was_chosen_on_which_rows():
    validation = scored(np.repeat([0.9, 0.3], [50, 50]), np.repeat([1, 0], [50, 50]))
    untouched = scored([0.95, 0.9, 0.9, 0.2], [1, 1, 0, 1])
    section = thresholds_section(validation, untouched, FLOOR, PROFIT)
    assert {name: section[name] for name in ("rule", "chosen", "floor", "confidence")} == {
        "rule": "precision_floor",
        "chosen": 0.9,
        "floor": 0.8,
        "confidence": 0.9,
    }
    assert section["profit"] == {
        "threshold": 0.9,
        "reason": "",
        "lower_bound": None,
        "next_time": None,
        "validation": {
            "confusion": {"true_positive": 50, "false_positive": 0, "false_negative": 0, "true_negative": 50},
            "precision": 1.0,
            "recall": 1.0,
            "contact_share": 0.5,
            "profit_per_customer": pytest.approx(28),
        },
        "untouched": {
            "confusion": {"true_positive": 2, "false_positive": 1, "false_negative": 1, "true_negative": 0},
            "precision": pytest.approx(2 / 3),
            "recall": pytest.approx(2 / 3),
            "contact_share": 0.75,
            "profit_per_customer": pytest.approx((2 * 56 - 11) / 4),
        },
    }
    even = thresholds_section(validation, scored([0.95, 0.9], [1, 0]), FLOOR, PROFIT)["profit"]["untouched"]
    assert even["precision"] == 0.5
    floor = section["precision_floor"]
    assert floor["reason"] == ""
    assert floor["lower_bound"] == pytest.approx(0.1 ** (1 / 50))
    # Half of four customers: two contacts, both of whom must churn.
    assert floor["next_time"] == pytest.approx(51 / 52 * 52 / 53)
    assert floor["untouched"] == section["profit"]["untouched"]


def test_where_no_contact_pays_nobody_is_contacted():
    found = by_profit(scored([0.1, 0.2, 0.3], [0, 0, 0]), PROFIT)
    assert found.threshold is None
    assert found.reason == "no share of the customers brings more than contacting them costs"
    rows = scored([0.1, 0.2, 0.3], [0, 0, 1])
    nobody = thresholds_section(rows, rows, FLOOR, PROFIT)["precision_floor"]["untouched"]
    assert nobody["precision"] is None
    assert nobody["recall"] == 0
    assert nobody["profit_per_customer"] == 0

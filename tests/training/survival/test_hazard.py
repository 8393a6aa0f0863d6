from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, logit
from shipped_settings import changed, default_settings

from training.survival.follow_up import FollowUp
from training.survival.hazard import Spans, fit_survival, leavers, person_months

VALUE = default_settings().value
SPANS = Spans(gap=1, window=4)


def rows(seen: np.ndarray, left: np.ndarray, voluntary: np.ndarray | None = None) -> FollowUp:
    return FollowUp(
        np.array([f"c{number}" for number in range(len(seen))]),
        np.full(len(seen), np.datetime64("2025-02-01")),
        seen,
        left,
        left > 0 if voluntary is None else voluntary,
    )


def test_person_months_by_hand():
    row, month = person_months(rows(np.array([3, 2, 0, 3]), np.array([2, 0, 0, 1])))
    assert list(zip(row.tolist(), month.tolist(), strict=True)) == [(0, 1), (0, 2), (1, 1), (1, 2), (3, 1)]


def test_one_rate_for_everybody_is_found_again():
    # Of 4,000 customers a quarter leaves each month, whatever their probability says.
    left = np.repeat([1, 2, 3, 0], [1000, 750, 562, 1688])
    probability = np.tile([0.2, 0.6], 2000)
    fitted = fit_survival(rows(np.full(4000, 3), left), probability, SPANS, VALUE)
    curve = fitted.curve(np.array([0.2, 0.6]))
    np.testing.assert_allclose(curve, np.tile(0.75 ** np.arange(1, 4), (2, 1)), atol=5e-3)


def lived(
    random: np.random.Generator, customers: int, seen: np.ndarray, other_causes: float = 0.0
) -> tuple[FollowUp, np.ndarray, np.ndarray]:
    """Customers with the probability of leaving in months 2 to 4, and their true curves."""
    hazard = expit(random.normal(-2.5, 1.2, customers))[:, None] * np.exp(-0.03 * np.arange(12))
    left, voluntary = np.zeros(customers, dtype=int), np.zeros(customers, dtype=bool)
    for month in range(1, 13):
        there = (left == 0) & (seen >= month)
        goes = there & (random.random(customers) < hazard[:, month - 1])
        taken = there & ~goes & (random.random(customers) < other_causes)
        left[goes | taken], voluntary[goes] = month, True
    curve = np.cumprod((1 - hazard) * (1 - other_causes), axis=1)
    return rows(seen, left, voluntary), 1 - np.prod(1 - hazard[:, 1:4], axis=1), curve


@pytest.mark.parametrize("other_causes", [0.0, 0.02])
def test_true_curves_are_found_again(other_causes):
    random = np.random.default_rng(8)
    told, probability, truth = lived(random, 30_000, random.choice([3, 6, 9, 12], 30_000), other_causes)
    fitted = fit_survival(told, probability, SPANS, VALUE)
    assert fitted.involuntary == pytest.approx(other_causes, abs=0.002)
    order = np.argsort(probability)
    away = (fitted.curve(probability) - truth)[order]
    # In every tenth of the customers, and in every month.
    assert max(abs(part.mean(axis=0)).max() for part in np.array_split(away, 10)) < 0.02


def test_a_hazard_never_falls_with_the_probability_even_if_it_did_in_the_data():
    left = np.where(np.arange(2000) < 1000, np.tile([1, 0], 1000), np.tile([0, 0, 0, 1], 500))
    probability = np.repeat([0.2, 0.6], 1000)
    fitted = fit_survival(rows(np.full(2000, 2), left), probability, SPANS, VALUE)
    low, high = fitted.curve(np.array([0.2, 0.6]))
    assert low[0] == high[0] == pytest.approx(0.5, abs=0.01)
    assert low[1] >= high[1]


def test_few_leavers_have_few_knots_and_one_probability_is_no_error():
    left = np.repeat([1, 0], [70, 930])
    random = np.random.default_rng(2)
    few = fit_survival(rows(np.full(1000, 3), left), random.random(1000), SPANS, VALUE)
    assert len(few.knots) == 2
    same = fit_survival(rows(np.full(1000, 3), left), np.full(1000, 0.1), SPANS, VALUE)
    assert same.curve(np.array([0.1]))[0, 0] == pytest.approx(0.93, abs=0.01)
    assert same.knots == pytest.approx((logit(0.1) - 1, logit(0.1) + 1))


def test_a_customer_who_is_followed_twice_leaves_once():
    told = rows(np.array([6, 3, 3]), np.array([5, 2, 1]), np.array([True, True, False]))
    again = FollowUp(np.array(["a", "a", "b"]), told.dates, told.seen, told.left, told.voluntary)
    assert leavers(again) == 1


@pytest.mark.parametrize(
    ("gap", "horizon", "spans"),
    [(30, 90, Spans(1, 4)), (0, 80, Spans(0, 3)), (30, 30, Spans(1, 2)), (0, 10, Spans(0, 1))],
)
def test_days_of_the_settings_are_months(gap, horizon, spans):
    cohorts = changed(default_settings().cohorts, gap_days=gap, horizon_days=horizon)
    assert Spans.of(cohorts) == spans

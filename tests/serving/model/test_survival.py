from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.errors import FormatError
from serving.model.survival import Survival

LN3, LN9 = float(np.log(3)), float(np.log(9))

# At P(churn) = 1/2 a customer stays with 9/10 in month 1 and 3/4 afterwards; at 3/4 with 3/4 and 1/2.
BY_HAND = Survival(
    knots=(0.0, LN3),
    hazards=((-LN9, -LN3), (-LN3, 0.0)),
    involuntary=0.0,
    window=1,
    margin=0.5,
    yearly_discount=0.0,
    months=2,
)


def test_a_curve_worked_out_by_hand() -> None:
    curve = BY_HAND.curve(np.array([0.5, 0.75]), 3)
    np.testing.assert_allclose(curve, [[0.9, 0.9 * 3 / 4, 0.9 * 9 / 16], [3 / 4, 3 / 8, 3 / 16]], rtol=1e-12)
    assert BY_HAND.curve(np.array([0.5])).shape == (1, 2)


def test_between_two_knots_the_log_odds_are_half_way() -> None:
    # P(churn) whose log-odds are ln 3 / 2; the log-odds of the month are then -ln 9 + ln 3 / 2 = -1.5 ln 3.
    half_way = np.sqrt(3) / (1 + np.sqrt(3))
    stays = 3**1.5 / (1 + 3**1.5)
    assert BY_HAND.curve(np.array([half_way]), 1)[0, 0] == pytest.approx(stays)


def test_beyond_the_knots_a_hazard_is_that_at_the_knot() -> None:
    outside = BY_HAND.curve(np.array([0.0, 0.01, 0.99, 1.0]))
    np.testing.assert_array_equal(outside, BY_HAND.curve(np.array([0.5, 0.5, 0.75, 0.75])))


def test_who_leaves_involuntarily_does_so_at_any_probability() -> None:
    some = replace(BY_HAND, involuntary=0.1)
    np.testing.assert_allclose(some.curve(np.array([0.5, 0.75]))[:, 0], [0.9 * 0.9, 0.75 * 0.9], rtol=1e-12)


def test_months_worked_out_by_hand() -> None:
    # Month 1, and the two after it.
    expected = 0.9 + 0.9 * 3 / 4 + 0.9 * 9 / 16
    assert BY_HAND.expected_months(np.array([0.5]))[0] == pytest.approx(expected)


def test_a_value_worked_out_by_hand() -> None:
    # Kept until the end of month 1, a customer pays months 2 and 3 with 3/4 and 9/16. Half of it is margin.
    value = BY_HAND.value(np.array([0.5, 0.75]), np.array([80.0, 40.0]))
    np.testing.assert_allclose(value, [40 * (3 / 4 + 9 / 16), 20 * (1 / 2 + 1 / 4)], rtol=1e-12)


def test_leaving_until_the_end_of_the_window_by_hand() -> None:
    assert BY_HAND.leaving(np.array([0.5]))[0] == pytest.approx(0.1)
    assert replace(BY_HAND, window=3).leaving(np.array([0.5]))[0] == pytest.approx(1 - 0.9 * 9 / 16)


def test_leaving_is_what_the_curve_says_alone_and_among_others() -> None:
    probability = np.linspace(0.001, 0.999, 301)
    found = BY_HAND.leaving(probability)
    curve = BY_HAND.curve(probability, BY_HAND.window)[:, -1]
    np.testing.assert_allclose(found, 1 - curve, rtol=1e-4)
    assert found.tolist() == [BY_HAND.leaving(np.array([one]))[0] for one in probability]


def test_a_payment_is_discounted_to_the_observation_date() -> None:
    # 21 % a year: a payment 6 months later is worth 1/1.1, as the window ends with month 5.
    later = replace(BY_HAND, window=5, months=1, yearly_discount=0.21)
    value = later.value(np.array([0.5]), np.array([80.0]))[0]
    assert value == pytest.approx(0.5 * 80 * 3 / 4 / 1.1)


log_odds = st.floats(-8, 8)


@st.composite
def survivals(draw: st.DrawFn) -> Survival:
    steps = st.floats(0.01, 4)
    width = draw(st.integers(2, 5))
    knots = np.cumsum([draw(log_odds), *(draw(steps) for _ in range(width - 1))])
    hazards = [
        np.cumsum([draw(log_odds), *(draw(st.floats(0, 4)) for _ in range(width - 1))])
        for _ in range(draw(st.integers(1, 6)))
    ]
    return Survival(
        knots=tuple(knots.tolist()),
        hazards=tuple(tuple(month.tolist()) for month in hazards),
        involuntary=draw(st.floats(0, 0.5)),
        window=draw(st.integers(1, 5)),
        margin=draw(st.floats(0.01, 1)),
        yearly_discount=draw(st.floats(0, 1)),
        months=draw(st.integers(1, 40)),
    )


probabilities = st.lists(st.floats(0, 1), min_size=1, max_size=6).map(lambda drawn: np.array(sorted(drawn)))


@given(survivals(), probabilities)
def test_a_curve_never_rises_and_the_higher_probability_never_stays_longer(
    survival: Survival, probability: np.ndarray
) -> None:
    curve = survival.curve(probability, 12)
    assert ((curve >= 0) & (curve <= 1)).all()
    assert (np.diff(curve, axis=1) <= 0).all()
    assert (np.diff(curve, axis=0) <= 1e-12).all()
    assert (np.diff(survival.expected_months(probability)) <= 1e-9).all()
    assert (np.diff(survival.value(probability, np.ones(len(probability)))) <= 1e-9).all()


@given(survivals(), st.floats(0, 1), st.floats(0, 200), st.floats(0, 200))
def test_a_value_rises_with_the_charges_and_nobody_is_worth_more_than_all_payments(
    survival: Survival, probability: float, charge: float, more: float
) -> None:
    low, high = survival.value(np.full(2, probability), np.array([charge, charge + more]))
    assert 0 <= low <= high <= survival.margin * (charge + more) * survival.months + 1e-9


@given(survivals())
def test_json_gives_the_same_survival_model(survival: Survival) -> None:
    assert Survival.from_json(json.loads(json.dumps(survival.to_json()))) == survival


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"hazards": ((0.0,),)}, "a month needs a hazard at every knot"),
        ({"hazards": ((0.0, -1.0),)}, "no hazard falls with the probability"),
        ({"knots": (1.0, 1.0)}, "knots ascend"),
        ({"knots": (1.0,)}, "survival: knots: Tuple should have at least 2 items"),
        ({"hazards": ()}, "survival: hazards: Tuple should have at least 1 item"),
        ({"hazards": ((0.0, float("nan")),)}, "survival: hazards.0.1: Input should be a finite number"),
        ({"involuntary": 1.0}, "survival: involuntary: Input should be less than 1"),
        ({"margin": 0.0}, "survival: margin: Input should be greater than 0"),
        ({"window": 0}, "survival: window: Input should be greater than or equal to 1"),
    ],
)
def test_what_is_no_survival_model_is_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(FormatError, match=message):
        Survival.from_json(BY_HAND.to_json() | change)

"""Profits that were worked out by hand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from shared_moments import NOW
from small_playbooks import FakeEffects, FakeSurvival, offer

from serving.decision.customers import Customer
from serving.decision.decider import Decider
from serving.decision.profit import expected_profit, lower_bound, quantile
from serving.language.catalogue import LANGUAGES
from serving.model.churn_model import ChurnModel

MakeDecider = Callable[..., Decider]
MONTHLY = ("No", "Month-to-month", 10, 65.0)


def test_a_profit_by_hand() -> None:
    # Effect 0.05 on a value of 200 brings 10. Of those who stay, 1 - 0.4 + 0.05 = 0.65, each costs 10.
    assert expected_profit(0.4, 0.05, 200.0, 10.0, 1.0) == pytest.approx(10 - 6.5 - 1)
    # A standard error of 0.02 is worth 0.02 * (200 - 10) = 3.8, and 1.2816 of them are 4.87.
    assert lower_bound(2.5, 0.02, 200.0, 10.0, quantile(0.9)) == pytest.approx(2.5 - 4.8701, abs=1e-3)
    # An offer that costs more than the customer is worth loses by a larger effect; the bound is below too.
    assert lower_bound(-5.0, 0.02, 5.0, 10.0, 1.0) == pytest.approx(-5.1)


def test_numbers_and_arrays_give_the_same_bits() -> None:
    random = np.random.default_rng(3)
    p, effect, value = random.random(500), random.normal(0, 0.1, 500), random.uniform(0, 900, 500)
    whole = expected_profit(p, effect, value, np.array(10.7), 1.3)
    each = [
        expected_profit(*one, 10.7, 1.3)
        for one in zip(p.tolist(), effect.tolist(), value.tolist(), strict=True)
    ]
    assert whole.tolist() == each


def test_with_an_assumed_effect(decider_of: MakeDecider) -> None:
    decision = decider_of().one(Customer("a", MONTHLY, 0.5, 2, 0), NOW)
    # 0.3 * 0.5 = 0.15 of value 200 is 30; of those who stay, 0.65, each costs 10; the contact costs 1.
    assert decision.expected_profit == pytest.approx(30 - 6.5 - 1)
    assert (decision.verdict.contact, decision.verdict.offer) == (True, "discount")
    assert (decision.verdict.why, decision.verdict.effect) == ("pays_assumed", "assumed")
    assert "assumed" in decision.verdict.words["en"]
    assert "supuesto" in decision.verdict.words["es"]
    assert set(decision.verdict.words) == set(LANGUAGES)


@pytest.mark.parametrize(
    ("charge", "value"), [(65.0, 200.0), (130.0, 400.0), (None, 200.0), (float("nan"), 200.0), (0, 0.0)]
)
def test_value_grows_with_the_charge(
    decider_of: MakeDecider, model: ChurnModel, charge: float | None, value: float
) -> None:
    if charge is None or charge != charge:
        value = 200 * model.encoder.fills["MonthlyCharges"] / 65
    row = ("No", "Month-to-month", 10, charge)
    decider = decider_of({"gift": offer(cost=0)}, contact_cost=0)
    decision = decider.one(Customer("a", row, 0.5, 2, 0), NOW)
    assert decision.expected_profit == pytest.approx(0.15 * value)


def test_with_a_measured_effect_and_a_survival_model(decider_of: MakeDecider) -> None:
    effects = FakeEffects({"call": (0.05, 0.01), "discount": (0.10, 0.02)})
    offers = {"discount": offer(cost=10), "call": offer(cost=4)}
    decider = decider_of(offers, effects=effects, survival=FakeSurvival())
    decision = decider.one(Customer("a", MONTHLY, 0.4, 2, 0), NOW)
    # The value is 650 * 0.8 = 520. The discount brings 0.10 * 520 - 0.70 * 10 - 1 = 44; its bound is
    # 44 - 1.2816 * 0.02 * 510 = 30.9. The call: 0.05 * 520 - 0.65 * 4 - 1 = 22.4.
    assert decision.expected_profit == pytest.approx(44.0)
    assert (decision.verdict.offer, decision.verdict.why, decision.verdict.effect) == (
        "discount",
        "pays",
        "measured",
    )


def test_an_offer_needs_the_lower_bound_of_its_profit_above_zero(decider_of: MakeDecider) -> None:
    customer = Customer("a", MONTHLY, 0.4, 2, 0)
    # 0.06 * 200 - 0.66 * 10 - 1 = 4.4; the bound is 4.4 - 1.2816 * 190 * error: 0 at an error of 0.01807.
    for error, why in ((0.018, "pays"), (0.0181, "not_sure")):
        decision = decider_of(effects=FakeEffects({"discount": (0.06, error)})).one(customer, NOW)
        assert decision.verdict.why == why
        assert decision.expected_profit == pytest.approx(4.4 if why == "pays" else 0)
    # The surer of two offers is made, though the other one has the higher expected profit.
    effects = FakeEffects({"discount": (0.2, 0.2), "call": (0.06, 0.01)})
    decider = decider_of({"discount": offer(), "call": offer()}, effects=effects)
    assert decider.one(customer, NOW).verdict.offer == "call"


def test_an_effect_that_harms_or_does_not_pay_is_not_made(decider_of: MakeDecider) -> None:
    for effect in (-0.05, 0.0, 0.01):
        decision = decider_of(effects=FakeEffects({"discount": (effect, 0.001)})).one(
            Customer("a", MONTHLY, 0.4, 2, 0), NOW
        )
        assert decision.verdict.why == "does_not_pay"
        assert (decision.verdict.contact, decision.verdict.offer, decision.expected_profit) == (
            False,
            None,
            0.0,
        )


def test_nobody_is_kept_more_often_than_they_would_leave(decider_of: MakeDecider) -> None:
    decider = decider_of(effects=FakeEffects({"discount": (0.9, 0.0)}))
    decision = decider.one(Customer("a", MONTHLY, 0.4, 2, 0), NOW)
    assert decision.expected_profit == pytest.approx(0.4 * 200 - 10 - 1)

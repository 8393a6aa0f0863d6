from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shared_moments import NOW
from small_playbooks import FakeEffects, FakeSurvival, customers_of, offer

from serving.decision.customers import Customer
from serving.decision.decider import Decider
from serving.decision.policy import Policy
from serving.decision.suppressed import KINDS, Entry
from serving.decision.verdict import Decision

ROW = ("No", "Month-to-month", 10, 65.0)
HIGH = Customer("a", ROW, 0.5, 2, 0)


def test_no_customer_is_low_and_contacted(decider_of: Any) -> None:
    decider = decider_of({"gift": offer(cost=0)}, contact_cost=0, explore=(0.2, ["gift"]))
    for number in range(200):
        decision = decider.one(Customer(str(number), ROW, 0.1, 0, 0), NOW)
        assert (decision.verdict.contact, decision.verdict.why) == (False, "low_risk")


def test_without_a_playbook_nobody_is_contacted(model: Any) -> None:
    decider = Decider(model, Policy(None), 0.25)
    assert decider.one(HIGH, NOW).verdict.why == "no_playbook"
    several = decider.many(customers_of(model, ["a"], [ROW], [(0.5, 2, 0)]), NOW)
    assert [each.verdict.why for each in several.each()] == ["no_playbook"]


@pytest.mark.parametrize("kind", KINDS)
def test_who_is_suppressed_is_not_contacted(kind: Any, decider_of: Any) -> None:
    decision = decider_of(suppressed={"a": (Entry(kind),)}).one(HIGH, NOW)
    assert (decision.verdict.contact, decision.verdict.why) == (False, kind)
    assert decider_of(suppressed={"b": (Entry(kind),)}).one(HIGH, NOW).verdict.contact


@pytest.mark.parametrize("kind", ["do_not_contact", "no_consent", "holdout"])
def test_a_kind_of_suppression_can_be_switched_off(kind: Any, decider_of: Any) -> None:
    decider = decider_of(suppressed={"a": (Entry(kind),)}, suppression={kind: False})
    assert decider.one(HIGH, NOW).verdict.contact


def test_suppression_ends(decider_of: Any) -> None:
    decider = decider_of(suppressed={"a": (Entry("cooling_off", until=NOW),)})
    assert decider.one(HIGH, NOW - timedelta(seconds=1)).verdict.why == "cooling_off"
    assert decider.one(HIGH, NOW).verdict.contact


def test_an_offer_goes_through_the_channels_that_are_open(decider_of: Any) -> None:
    offers = {"mail": offer(channels=("email",)), "call": offer(cost=12, channels=("phone", "sms"))}
    closed = tuple(Entry("no_consent", channel) for channel in ("email", "sms"))
    assert decider_of(offers).one(HIGH, NOW).verdict.offer == "mail"
    assert decider_of(offers, suppressed={"a": closed}).one(HIGH, NOW).verdict.offer == "call"
    closed = (*closed, Entry("no_consent", "phone"))
    assert decider_of(offers, suppressed={"a": closed}).one(HIGH, NOW).verdict.why == "no_consent"


def test_complaints_and_dunning_are_conditions_on_features(decider_of: Any) -> None:
    rules = {"open_complaint": {"tenure": {"at_least": 10}}, "dunning": {"tenure": {"at_least": 5}}}
    decider = decider_of(suppression=rules)
    found = [
        decider.one(Customer("a", ("No", "One year", t, 65.0), 0.5, 2, 0), NOW) for t in (12, 7, 3, None)
    ]
    assert [each.verdict.why for each in found] == [
        "open_complaint",
        "dunning",
        "pays_assumed",
        "pays_assumed",
    ]


@pytest.mark.parametrize(
    ("eligible", "is_eligible"),
    [
        ({"bands": ["high"]}, True),
        ({"bands": ["medium"]}, False),
        ({"segments": ["new"]}, True),
        ({"segments": ["loyal"]}, False),
        ({"features": {"Contract": {"any_of": ["Month-to-month"]}}}, True),
        ({"features": {"Contract": {"none_of": ["Month-to-month"]}}}, False),
        ({"features": {"tenure": {"at_least": 10, "at_most": 10}}}, True),
        ({"features": {"tenure": {"at_least": 11}}}, False),
        ({"features": {"tenure": {"any_of": [10, 11]}}}, True),
        ({"features": {"tenure": {"at_most": 10}, "MonthlyCharges": {"at_most": 64.9}}}, False),
        ({"reasons": ["Contract", "tenure", "MonthlyCharges"]}, True),
    ],
)
def test_who_is_eligible(eligible: dict[str, Any], is_eligible: bool, decider_of: Any) -> None:
    decider = decider_of({"discount": offer(eligible=eligible)})
    assert decider.one(HIGH, NOW).verdict.why == ("pays_assumed" if is_eligible else "not_eligible")


def test_a_missing_value_meets_no_condition(decider_of: Any) -> None:
    for condition in ({"none_of": [3]}, {"at_least": 0}, {"at_most": 1200}, {"any_of": [3]}):
        decider = decider_of({"discount": offer(eligible={"features": {"tenure": condition}})})
        for missing in (None, float("nan")):
            customer = Customer("a", ("No", "One year", missing, 65.0), 0.5, 2, 0)
            assert decider.one(customer, NOW).verdict.why == "not_eligible"


def test_a_main_reason_raises_the_risk(decider_of: Any) -> None:
    decider = decider_of({"discount": offer(eligible={"reasons": ["tenure"]})})
    new, old = (Customer("a", ("No", "One year", tenure, 65.0), 0.5, 2, 0) for tenure in (1, 71))
    assert decider.one(new, NOW).verdict.contact
    assert decider.one(old, NOW).verdict.why == "not_eligible"  # a long tenure lowers the risk


def test_an_offer_is_made_on_its_days_only(decider_of: Any) -> None:
    decider = decider_of({"discount": offer(valid_from="2026-11-01", valid_until="2026-11-30")})
    for day, why in ((31, "not_eligible"), (32, "pays_assumed"), (61, "pays_assumed"), (62, "not_eligible")):
        moment = datetime(2026, 10, 1, 23, 59, tzinfo=UTC) + timedelta(days=day - 1)
        assert decider.one(HIGH, moment).verdict.why == why


def explorers(decider: Decider, moment: datetime, number: int = 4_000) -> dict[str, str | None]:
    found = {str(n): decider.one(Customer(str(n), ROW, 0.5, 2, 0), moment) for n in range(number)}
    return {name: each.verdict.offer for name, each in found.items() if each.verdict.why == "explored"}


def test_a_share_explores_and_it_is_the_same_in_every_process(decider_of: Any) -> None:
    offers = {"good": offer(), "bad": offer(cost=500), "never": offer()}
    decider = decider_of(offers, explore=(0.1, ["good", "bad"]))
    first = explorers(decider, NOW)
    assert 330 < len(first) < 470  # 400 of 4,000 on average, with a standard deviation of 19
    assert 0.4 < sum(each == "bad" for each in first.values()) / len(first) < 0.6
    assert set(first.values()) == {"good", "bad"}
    assert explorers(decider_of(offers, explore=(0.1, ["good", "bad"])), NOW + timedelta(days=20)) == first
    assert explorers(decider, NOW + timedelta(days=31)).keys() != first.keys()
    assert explorers(decider_of(offers, explore=(0.05, ["good", "bad"])), NOW).items() <= first.items()
    assert decider.one(Customer(next(iter(first)), ROW, 0.5, 2, 0), NOW).verdict.effect == "assumed"


def test_an_offer_that_alone_is_not_measured_is_made_by_lot_only(decider_of: Any) -> None:
    offers = {"known": offer(), "new": offer(cost=0)}
    effects = FakeEffects({"known": (0.06, 0.01)})
    assert decider_of(offers, effects=effects).one(HIGH, NOW).verdict.offer == "known"
    assert decider_of({"new": offer()}, effects=effects).one(HIGH, NOW).verdict.why == "unmeasured"
    lot = explorers(decider_of(offers, effects=effects, explore=(0.2, ["new"])), NOW)
    assert set(lot.values()) == {"new"}


def test_effects_are_computed_for_those_only_who_may_get_an_offer(decider_of: Any, model: Any) -> None:
    effects = FakeEffects({"discount": (0.1, 0.01)})
    decider = decider_of(effects=effects, suppressed={"a": (Entry("holdout"),)})
    decider.one(HIGH, NOW)
    decider.one(Customer("b", ROW, 0.1, 0, 0), NOW)
    assert effects.asked == 0
    decider.many(
        customers_of(model, ["a", "b", "c"], [ROW] * 3, [(0.5, 2, 0), (0.1, 0, 0), (0.5, 2, 0)]), NOW
    )
    assert effects.asked == 1


rows = st.tuples(
    st.sampled_from(["No", "Yes", None]),
    st.sampled_from(["Month-to-month", "One year", "Two year", None]),
    st.one_of(st.none(), st.integers(0, 72)),
    st.one_of(st.none(), st.floats(0, 200)),
)
scores = st.tuples(st.floats(0, 1), st.integers(0, 2), st.integers(0, 1))
entries = st.builds(
    Entry,
    st.sampled_from(KINDS),
    st.sampled_from([None, None, "email", "phone"]),
    st.sampled_from([None, NOW - timedelta(days=1), NOW + timedelta(days=1)]),
)
rules = st.fixed_dictionaries(
    {},
    optional={
        "bands": st.lists(st.sampled_from(["low", "medium", "high"]), min_size=1),
        "segments": st.lists(st.sampled_from(["new", "loyal"]), min_size=1),
        "reasons": st.lists(st.sampled_from(["Contract", "tenure", "MonthlyCharges"]), min_size=1),
        "features": st.fixed_dictionaries(
            {},
            optional={
                "tenure": st.builds(dict, at_least=st.integers(0, 40), at_most=st.integers(40, 72)),
                "Contract": st.builds(dict, none_of=st.just(["Two year"])),
            },
        ),
    },
)
offers = st.builds(
    offer,
    cost=st.floats(0, 60),
    channels=st.sampled_from([("email",), ("phone",), ("email", "phone")]),
    eligible=rules,
)
effects_of = st.dictionaries(
    st.sampled_from(["first", "second", "third"]),
    st.tuples(st.floats(-0.3, 0.5), st.floats(0, 0.1)),
    min_size=1,
)


def of_whom(decision: Decision) -> tuple[str, str | None, bytes]:
    """What was decided, with the profit's bits."""
    return decision.verdict.why, decision.verdict.offer, np.float64(decision.expected_profit).tobytes()


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    customers=st.lists(st.tuples(rows, scores, st.lists(entries, max_size=2)), min_size=1, max_size=12),
    of_offers=st.dictionaries(st.sampled_from(["first", "second", "third"]), offers, min_size=1),
    effects=st.one_of(st.none(), effects_of),
    survival=st.sampled_from([None, FakeSurvival()]),
    share=st.sampled_from([0.0, 0.2]),
    dunning=st.sampled_from([None, {"tenure": {"at_most": 2}}]),
)
def test_one_and_many_give_the_same_bits(
    customers: Any,
    of_offers: Any,
    effects: Any,
    survival: Any,
    share: Any,
    dunning: Any,
    decider_of: Any,
    model: Any,
) -> None:
    ids = [str(number) for number in range(len(customers))]
    suppressed = {name: tuple(each[2]) for name, each in zip(ids, customers, strict=True) if each[2]}
    decider = decider_of(
        of_offers,
        effects=None if effects is None else FakeEffects(effects),
        survival=survival,
        suppressed=suppressed,
        explore=(share, list(of_offers)),
        suppression={"dunning": dunning},
    )
    rows_of, scores_of = [each[0] for each in customers], [each[1] for each in customers]
    several = decider.many(customers_of(model, ids, rows_of, scores_of), NOW).each()
    each_customer = zip(ids, rows_of, scores_of, strict=True)
    single = [decider.one(Customer(name, row, *score), NOW) for name, row, score in each_customer]
    assert [of_whom(each) for each in several] == [of_whom(each) for each in single]
    assert all(each.verdict is other.verdict for each, other in zip(several, single, strict=True))

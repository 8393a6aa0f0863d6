from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feature_repo.lake import AHEAD
from serving.errors import StoreError
from serving.features.feature_status import CustomerFeatures, Status, StatusRules, micros, moment_of
from serving.features.raw_columns import RawColumns
from serving.model.scorer import ScoreColumns
from serving.model.signature import FeatureSpec, Signature
from serving.scoring.score_json import score_json

DAY = 86_400
NOW = datetime(2026, 3, 1, tzinfo=UTC)
SIGNATURE = Signature(
    "churn_v1",
    "f" * 64,
    (
        FeatureSpec("Contract", "services", "category", "String"),
        FeatureSpec("tenure", "billing", "number", "Int64"),
        FeatureSpec("PaymentMethod", "services", "category", "String"),
    ),
    {"services": 0, "billing": 62 * DAY},
)
RULES = StatusRules(SIGNATURE)


def ago(**age: float) -> int:
    return micros(NOW - timedelta(**age))


def judge(customer: str, values: Sequence[Any], events: Sequence[int | None], now: int) -> CustomerFeatures:
    (features,) = RULES.judge([customer], RawColumns.of([(values, events)]), now)
    return features


def test_values_within_the_ttl_are_present() -> None:
    features = judge("A", ("One year", 3, "Mailed check"), (ago(days=900), ago(days=1)), micros(NOW))
    assert features.values == {"Contract": "One year", "tenure": 3, "PaymentMethod": "Mailed check"}
    assert features.statuses.not_present == {}
    assert features.statuses.events == {"services": ago(days=900), "billing": ago(days=1)}
    assert features.statuses.known
    assert features.statuses.having(Status.EXPIRED) == []
    assert not features.statuses.stale


def test_a_missing_value_in_a_row_is_null_and_a_missing_row_is_not_found() -> None:
    features = judge("A", ("One year", None, None), (ago(days=1), None), micros(NOW))
    assert features.statuses.not_present == {"tenure": Status.NOT_FOUND, "PaymentMethod": Status.NULL}
    assert features.statuses.events["billing"] is None
    assert features.statuses.known


def test_an_expired_value_is_kept_back_as_in_a_point_in_time_join() -> None:
    features = judge("A", ("One year", 3, "x"), (ago(days=1), ago(days=63)), micros(NOW))
    assert features.values["tenure"] is None
    assert features.statuses.having(Status.EXPIRED) == ["tenure"]
    assert features.statuses.stale == ["billing"]
    assert features.statuses.events["billing"] == ago(days=63)


def test_a_row_expires_just_after_its_ttl_and_never_at_a_ttl_of_zero() -> None:
    at_ttl = judge("A", ("x", 3, "x"), (ago(days=36_500), ago(days=62)), micros(NOW))
    after = judge("A", ("x", 3, "x"), (ago(days=1), ago(days=62) - 1), micros(NOW))
    assert at_ttl.status("tenure") is Status.PRESENT
    assert at_ttl.status("Contract") is Status.PRESENT
    assert after.status("tenure") is Status.EXPIRED


def test_the_same_row_is_fresh_until_its_ttl_is_over_and_stale_from_then_on() -> None:
    values, events = ("One year", 3, "Mailed check"), (ago(days=1), ago(days=62))
    moments = [micros(NOW) + later for later in (0, 1, 0, 1, -1)]
    judged = [RULES.judge(["A"], RawColumns.of([(values, events)]), moment) for moment in moments]
    told = [score_json(features, ScoreColumns([0.5], ["low"], [0], [""]))[0] for features in judged]
    assert ['"fresh":false' in text for text in told] == [False, True, False, True, False]
    assert [features[0].row[1] for features in judged] == [3, None, 3, None, 3]


def test_a_row_of_the_future_is_kept_back_as_in_a_point_in_time_join() -> None:
    features = judge("A", ("One year", 3, "x"), (ago(days=1), ago(days=-365)), micros(NOW))
    assert features.values == {"Contract": "One year", "tenure": None, "PaymentMethod": "x"}
    assert features.statuses.not_present == {"tenure": Status.NOT_FOUND}
    assert features.statuses.future == ["billing"]
    assert features.statuses.events["billing"] == ago(days=-365)
    assert features.statuses.known
    (told,) = score_json(
        RULES.judge(["A"], RawColumns.of([(("x", 3, "x"), (ago(days=1), ago(days=-365)))]), micros(NOW)),
        ScoreColumns([0.5], ["low"], [0], [""]),
    )
    assert '"billing":{"event_timestamp":"2027-03-01T00:00:00Z","fresh":false}' in told


def test_a_clock_may_be_a_few_seconds_behind() -> None:
    limit = micros(NOW + AHEAD)
    at_limit, after = (
        judge("A", ("x", 3, "x"), (ago(days=1), event), micros(NOW)) for event in (limit, limit + 1)
    )
    assert at_limit.status("tenure") is Status.PRESENT
    assert after.status("tenure") is Status.NOT_FOUND


def test_nobody_is_known_by_rows_of_the_future_alone() -> None:
    tomorrow = ago(days=-1)
    assert not judge("A", ("x", 3, "x"), (tomorrow, tomorrow), micros(NOW)).statuses.known


def test_nobody_is_known_without_a_row() -> None:
    assert not judge("A", (None, None, None), (None, None), micros(NOW)).statuses.known


# Whole days: of so many microseconds hypothesis mostly draws a few, and hardly any row would have expired.
drawn_ages = st.integers(-100, 200).map(lambda days: days * DAY * 1_000_000)
ages = st.none() | drawn_ages


@given(st.lists(st.none() | st.integers(0, 9), min_size=3, max_size=3), ages, ages)
def test_every_feature_has_one_status_and_only_a_present_one_has_a_value(
    values: list[int | None], services: int | None, billing: int | None
) -> None:
    events = [None if age is None else micros(NOW) - age for age in (services, billing)]
    features = judge("A", values, events, micros(NOW))
    assert tuple(features.values) == SIGNATURE.names
    for name, value in features.values.items():
        assert (value is not None) == (features.status(name) is Status.PRESENT)


def test_a_moment_in_no_year_is_a_damaged_store() -> None:
    with pytest.raises(StoreError, match="timestamp 1000000000000000000, which is in no year; run"):
        moment_of(10**18)


def test_customers_and_rows_must_be_equally_many() -> None:
    row = ("One year", 3, "x"), (ago(days=1), ago(days=1))
    with pytest.raises(ValueError, match="zip"):
        list(RULES.judge(["A", "B"], RawColumns.of([row]), micros(NOW)))


@pytest.mark.parametrize("expired", [ago(days=63), ago(days=-1)], ids=["expired", "of the future"])
def test_one_fresh_customer_does_not_make_anothers_row_present(expired: int) -> None:
    values, fresh = ("One year", 3, "Mailed check"), ago(days=1)
    for billing in ([fresh, expired], [expired, fresh]):
        raw = RawColumns.of([(values, (fresh, event)) for event in billing])
        judged = RULES.judge(["A", "B"], raw, micros(NOW))
        assert [each.values["tenure"] for each in judged] == [
            3 if event == fresh else None for event in billing
        ]


def held_by(values: Any, age: Any) -> Any:
    """A customer's values, and how old its rows are."""
    texts, counts = values(st.sampled_from("xy")), values(st.integers(0, 9))
    return st.tuples(st.tuples(texts, counts, texts), st.tuples(age, age))


# Customers without a gap are judged by a rule of their own; of five with drawn gaps, one mostly has some.
complete = held_by(lambda drawn: drawn, drawn_ages)
with_gaps = held_by(lambda drawn: st.none() | drawn, ages)


@given(st.lists(with_gaps, max_size=5) | st.lists(complete, max_size=5))
def test_customers_are_judged_together_as_alone(held: list[tuple[Any, Any]]) -> None:
    raw = [(values, [None if age is None else micros(NOW) - age for age in both]) for values, both in held]
    customers = [str(number) for number in range(len(raw))]
    together = RULES.judge(customers, RawColumns.of(raw), micros(NOW))
    alone = [judge(customer, *row, micros(NOW)) for customer, row in zip(customers, raw, strict=True)]
    assert list(together) == alone
    assert [together[at] for at in range(len(together))] == alone
    assert list(together.without(customers[1::2])) == alone[::2]
    assert {at for at, each in enumerate(alone) if each.statuses.not_present} == set(together.exceptions)
    assert [list(column) for column in together.columns] == [
        list(column) for column in zip(*(each.row for each in alone), strict=True)
    ]

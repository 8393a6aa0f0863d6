from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feature_repo.lake import AHEAD
from serving.decision.customers import Decisions
from serving.decision.verdict import Verdicts
from serving.errors import StoreError
from serving.features.feature_status import (
    CustomerFeatures,
    FeatureColumns,
    Status,
    StatusRules,
    micros,
    moment_of,
)
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
UNDECIDED = Decisions(Verdicts({}, (), False, None).all, np.array([0]), np.array([0.0]))


def ago(**age: float) -> int:
    return micros(NOW - timedelta(**age))


def judge(customer: str, values: Sequence[Any], events: Sequence[int | None], now: int) -> CustomerFeatures:
    (features,) = StatusRules(SIGNATURE).judge([customer], RawColumns.of([(values, events)]), now)
    return features


def test_values_within_the_ttl_are_present() -> None:
    features = judge("A", ("One year", 3, "Mailed check"), (ago(days=900), ago(days=1)), micros(NOW))
    assert features.values == {"Contract": "One year", "tenure": 3, "PaymentMethod": "Mailed check"}
    assert features.statuses.not_present == {}
    assert features.statuses.events == {"services": ago(days=900), "billing": ago(days=1)}
    assert features.statuses.known
    assert features.statuses.having(Status.EXPIRED) == []
    assert list(features.statuses.stale) == []


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
    beside_a_gap = judge("A", (None, 3, "x"), (ago(days=1), ago(days=62)), micros(NOW))
    assert beside_a_gap.statuses.not_present == {"Contract": Status.NULL}
    assert beside_a_gap.statuses.stale == []
    assert after.status("tenure") is Status.EXPIRED


def test_the_same_row_is_fresh_until_its_ttl_is_over_and_stale_from_then_on() -> None:
    values, events = ("One year", 3, "Mailed check"), (ago(days=1), ago(days=62))
    moments = [micros(NOW) + later for later in (0, 1, 0, 1, -1)]
    judged = [
        StatusRules(SIGNATURE).judge(["A"], RawColumns.of([(values, events)]), moment) for moment in moments
    ]
    told = [
        score_json(features, ScoreColumns([0.5], ["low"], [0], [""]), UNDECIDED)[0] for features in judged
    ]
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
        StatusRules(SIGNATURE).judge(
            ["A"], RawColumns.of([(("x", 3, "x"), (ago(days=1), ago(days=-365)))]), micros(NOW)
        ),
        ScoreColumns([0.5], ["low"], [0], [""]),
        UNDECIDED,
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


def test_a_moment_is_counted_in_microseconds_since_1970() -> None:
    moment = datetime(1970, 1, 2, 0, 0, 3, 4, tzinfo=UTC)
    assert micros(moment) == 86_403_000_004
    assert type(micros(moment)) is int
    assert moment_of(86_403_000_004) == moment
    assert moment_of(None) is None


def test_a_moment_in_no_year_is_a_damaged_store() -> None:
    with pytest.raises(StoreError) as refused:
        moment_of(10**18)
    assert str(refused.value) == (
        "The online store holds the event timestamp 1000000000000000000, which is in no year; "
        "run `feast -c feature_repo teardown`, `feast -c feature_repo apply` and materialize."
    )


def test_customers_without_a_gap_are_handed_on_as_they_were_read() -> None:
    values, events = ("One year", 3, "Mailed check"), (ago(days=1), ago(days=62))
    raw = RawColumns.of([(values, events)] * 2)
    judged = StatusRules(SIGNATURE).judge(["A", "B"], raw, micros(NOW))
    assert judged.columns is raw.values
    assert judged.exceptions == {}


GAP, DAYS_AGO = ["x", None], [ago(days=1), ago(days=1)]


@pytest.mark.parametrize(
    ("values", "events"),
    [
        ([GAP, [1, 2, 3], GAP], [DAYS_AGO, DAYS_AGO]),
        ([GAP, [1, 2], GAP], [DAYS_AGO, [*DAYS_AGO, None]]),
        ([GAP, [1, 2], GAP], [[*DAYS_AGO, None], [*DAYS_AGO, None]]),
        ([GAP, [1, 2], GAP], [DAYS_AGO, DAYS_AGO, DAYS_AGO]),
        ([GAP, [1, 2], GAP, GAP], [DAYS_AGO, DAYS_AGO]),
    ],
    ids=["a value more", "a row more", "a row more in every view", "a view more", "a feature more"],
)
def test_what_a_store_gave_too_much_is_not_cut_off(values: list[Any], events: list[Any]) -> None:
    with pytest.raises(ValueError, match="zip"):
        StatusRules(SIGNATURE).judge(["A", "B"], RawColumns(values, events), micros(NOW))


def test_a_column_that_is_too_long_is_not_cut_off_when_customers_are_listed() -> None:
    columns = FeatureColumns(["A"], SIGNATURE.names, [["x"], [1, 2], ["x"]], {}, {})
    with pytest.raises(ValueError, match="zip"):
        list(columns)


def test_customers_and_rows_must_be_equally_many() -> None:
    row = ("One year", 3, "x"), (ago(days=1), ago(days=1))
    with pytest.raises(ValueError, match="zip"):
        list(StatusRules(SIGNATURE).judge(["A", "B"], RawColumns.of([row]), micros(NOW)))


@pytest.mark.parametrize("expired", [ago(days=63), ago(days=-1)], ids=["expired", "of the future"])
def test_one_fresh_customer_does_not_make_anothers_row_present(expired: int) -> None:
    values, fresh = ("One year", 3, "Mailed check"), ago(days=1)
    for billing in ([fresh, expired], [expired, fresh]):
        raw = RawColumns.of([(values, (fresh, event)) for event in billing])
        judged = StatusRules(SIGNATURE).judge(["A", "B"], raw, micros(NOW))
        assert [each.values["tenure"] for each in judged] == [
            3 if event == fresh else None for event in billing
        ]


def test_several_customers_are_a_sequence() -> None:
    values, fresh, expired = ("One year", 3, "Mailed check"), ago(days=1), ago(days=63)
    raw = RawColumns.of([(values, (fresh, event)) for event in (fresh, fresh, expired)])
    three = StatusRules(SIGNATURE).judge(["A", "B", "C"], raw, micros(NOW))
    assert [each.customer_id for each in three] == ["A", "B", "C"]
    assert [each.status("tenure") for each in three] == [Status.PRESENT, Status.PRESENT, Status.EXPIRED]
    assert three[-1] == three[2] == list(three)[2]
    assert three[1:] == list(three)[1:]
    assert three.without([]) is three
    two = three.without(["A"])
    assert (two[0], two[1]) == (three[1], three[2])
    assert (len(two), two.columns[1], two.events["billing"]) == (2, [3, None], [fresh, expired])


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
    together = StatusRules(SIGNATURE).judge(customers, RawColumns.of(raw), micros(NOW))
    alone = [judge(customer, *row, micros(NOW)) for customer, row in zip(customers, raw, strict=True)]
    assert list(together) == alone
    rules = StatusRules(SIGNATURE)
    assert alone == [rules.judge_one(*each, micros(NOW)) for each in zip(customers, raw, strict=True)]
    assert [together[at] for at in range(len(together))] == alone
    assert list(together.without(customers[1::2])) == alone[::2]
    assert {at for at, each in enumerate(alone) if each.statuses.not_present} == set(together.exceptions)
    assert [list(column) for column in together.columns] == [
        list(column) for column in zip(*(each.row for each in alone), strict=True)
    ]

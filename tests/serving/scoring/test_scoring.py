from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from serving.errors import (
    DamagedFeatures,
    EncodingError,
    ExpiredFeatures,
    StoreError,
    TooLittleKnown,
    UnknownCustomer,
)
from serving.features.feature_status import StatusRules
from serving.features.online_features import CustomerFeatures, FeatureColumns
from serving.features.raw_columns import RawColumns, RawRow
from serving.model.bounds import Bound
from serving.model.churn_model import ChurnModel
from serving.model.scorer import Scorer
from serving.model.signature import Signature
from serving.scoring.answers import Failed, Found
from serving.scoring.scoring import FAILURE_SECONDS, Scoring
from serving.settings import Bands

DAY = 86_400 * 1_000_000
NOW = 1_793_491_200 * 1_000_000  # 2026-11-01 00:00 UTC
VALUES = ["Yes", "One year", 5, 70.0]


class Store:
    """Rows by customer: values in the signature's order, and the ages in days of `services` and `billing`."""

    def __init__(self, signature: Signature, rows: dict[str, tuple[list[Any], list[int | None]]]) -> None:
        self.rules = StatusRules(signature)
        self.rows = rows
        self.asked: list[list[str]] = []
        self.fault: StoreError | None = None

    def base(self) -> str | None:
        if self.fault:
            raise self.fault
        return "base"

    def read(self, customer_ids: Sequence[str]) -> FeatureColumns:
        self.asked.append(list(customer_ids))
        if self.fault:
            raise self.fault
        rows = [self._row(customer_id) for customer_id in customer_ids]
        return self.rules.judge(customer_ids, RawColumns.of(rows), NOW)

    def read_one(self, customer_id: str) -> CustomerFeatures:
        return self.read([customer_id])[0]

    def _row(self, customer_id: str) -> RawRow:
        values, ages = self.rows.get(customer_id, ([None] * 4, [None, None]))
        return values, tuple(None if age is None else NOW - age * DAY for age in ages)


@pytest.fixture
def store(signature: Signature) -> Store:
    rows: dict[str, tuple[list[Any], list[int | None]]] = {
        "whole": (VALUES, [900, 1]),
        "null": (["Yes", "One year", 5, None], [900, 1]),
        "half": (["Yes", "One year", None, None], [900, None]),
        "stale": (VALUES, [900, 63]),
        "future": (VALUES, [900, -365]),
        "all future": (VALUES, [-1, -365]),
        "odd": (["Yes", "One year", 5, float("inf")], [900, 1]),
    }
    return Store(signature, rows)


@pytest.fixture
def scorer(build_model: Callable[[str], ChurnModel]) -> Scorer:
    return Scorer(build_model("lightgbm"), "churn:x", Bands(medium=0.3, high=0.6))


@pytest.fixture
def scoring(scorer: Scorer, store: Store) -> Scoring:
    return Scoring(scorer, store, base="base", refuse_expired=False, max_unknown_share=1.0)


def expected(scorer: Scorer, values: Sequence[object]) -> float:
    row = dict(zip(scorer.model.signature.names, values, strict=True))
    return scorer.score_rows([row])[0].probability


def test_a_whole_customer(scoring: Scoring, scorer: Scorer) -> None:
    found = scoring.one("whole")
    assert found.probability == expected(scorer, VALUES)
    assert found.features.views["billing"].event_timestamp == datetime(2026, 10, 31, tzinfo=UTC)
    assert [view.fresh for view in found.features.views.values()] == [True, True]
    assert (found.features.missing, found.features.null, found.features.expired) == ([], [], [])


def test_a_null_is_told_and_filled(scoring: Scoring, scorer: Scorer) -> None:
    found = scoring.one("null")
    assert found.features.null == ["MonthlyCharges"]
    assert found.features.views["billing"].fresh
    assert found.probability == expected(scorer, ["Yes", "One year", 5, None])


def test_a_view_without_a_row_is_told_and_filled(scoring: Scoring, scorer: Scorer) -> None:
    found = scoring.one("half")
    assert found.features.missing == ["tenure", "MonthlyCharges"]
    assert found.features.views["billing"].model_dump() == {"event_timestamp": None, "fresh": False}
    assert found.features.views["services"].fresh
    assert found.probability == expected(scorer, ["Yes", "One year", None, None])


def test_an_expired_view_is_told_and_not_used(scoring: Scoring, scorer: Scorer) -> None:
    found = scoring.one("stale")
    assert found.features.expired == ["tenure", "MonthlyCharges"]
    assert found.features.views["billing"].model_dump()["fresh"] is False
    assert found.features.views["billing"].event_timestamp == datetime(2026, 8, 30, tzinfo=UTC)
    assert found.probability == expected(scorer, ["Yes", "One year", None, None])


def test_what_no_customer_can_have_is_unusable(
    build_model: Callable[[str], ChurnModel], store: Store, signature: Signature
) -> None:
    bounds = {"tenure": Bound(minimum=0, maximum=1200), "Contract": Bound(values=("One year", "Two year"))}
    model = replace(build_model("lightgbm"), signature=replace(signature, bounds=bounds))
    scoring = Scoring(
        Scorer(model, "churn:x", Bands(medium=0.3, high=0.6)),
        store,
        base="base",
        refuse_expired=False,
        max_unknown_share=1.0,
    )
    store.rows["negative"] = (["Yes", "One year", -5, 70.0], [900, 1])
    store.rows["weekly"] = (["Yes", "Weekly", 5, 70.0], [900, 1])
    results = scoring.many(["whole", "negative", "weekly", "half"])
    codes = [result.error.code if isinstance(result, Failed) else None for result in results]
    assert codes == [None, "unusable_features", "unusable_features", None]
    with pytest.raises(EncodingError, match="feature tenure: -5 cannot be; it is from 0 to 1200"):
        scoring.one("negative")


@pytest.fixture
def weighed(build_model: Callable[[str], ChurnModel], signature: Signature, store: Store) -> Scoring:
    """A scoring that takes a score up to a share of 0.6; billing has 0.7 of the model's weight."""
    weights = {"Partner": 0.1, "Contract": 0.2, "tenure": 0.4, "MonthlyCharges": 0.3}
    model = replace(build_model("lightgbm"), signature=replace(signature, weights=weights))
    store.rules = StatusRules(model.signature)
    scorer = Scorer(model, "churn:x", Bands(medium=0.3, high=0.6))
    return Scoring(scorer, store, base="base", refuse_expired=False, max_unknown_share=0.6)


def test_the_unknown_share_is_that_of_the_models_weight(weighed: Scoring) -> None:
    found = weighed.many(["whole", "null"])
    assert all(isinstance(one, Found) for one in found)
    assert [getattr(one, "unknown_share", None) for one in found] == [0.0, 0.3]
    assert weighed.one("null").unknown_share == 0.3


@pytest.mark.parametrize("customer", ["half", "stale", "future"])
def test_of_whom_too_little_is_known_there_is_no_score(weighed: Scoring, customer: str) -> None:
    with pytest.raises(
        TooLittleKnown, match=f"of customer {customer} 70.0% of what the model goes by is missing"
    ):
        weighed.one(customer)
    results = weighed.many(["whole", customer, "nobody", "null"])
    codes = [result.error.code if isinstance(result, Failed) else None for result in results]
    assert codes == [None, "too_little_known", "unknown_customer", None]
    texts, found = weighed.texts(["whole", customer, "null"])
    assert (found, '"code":"too_little_known"' in texts[1]) == (2, True)


def test_a_model_without_weights_knows_no_share_and_refuses_nobody(scorer: Scorer, store: Store) -> None:
    scoring = Scoring(scorer, store, base="base", refuse_expired=False, max_unknown_share=0.0)
    found = scoring.many(["whole", "half"])
    assert [getattr(one, "unknown_share", "no score") for one in found] == [0.0, None]
    assert '"unknown_share":null' in scoring.texts(["half"])[0][0]


def test_a_view_of_the_future_is_told_and_not_used(scoring: Scoring, scorer: Scorer) -> None:
    found = scoring.one("future")
    assert found.features.missing == ["tenure", "MonthlyCharges"]
    assert found.features.views["billing"].model_dump()["fresh"] is False
    assert found.features.views["billing"].event_timestamp == datetime(2027, 11, 1, tzinfo=UTC)
    assert found.probability == expected(scorer, ["Yes", "One year", None, None])


def test_a_customer_of_the_future_alone_is_unknown(scoring: Scoring) -> None:
    with pytest.raises(UnknownCustomer, match=r"customer all future is dated in the future \(services, b"):
        scoring.one("all future")


def test_an_expired_view_can_be_refused(scorer: Scorer, store: Store) -> None:
    strict = Scoring(scorer, store, base="base", refuse_expired=True, max_unknown_share=1.0)
    with pytest.raises(ExpiredFeatures, match="stale has expired features in billing"):
        strict.one("stale")
    assert strict.one("half").features.missing  # missing is not expired
    (failed,) = strict.many(["stale"])
    assert isinstance(failed, Failed)
    assert failed.error.code == "expired_features"


def test_an_unknown_customer(scoring: Scoring) -> None:
    with pytest.raises(UnknownCustomer, match="customer nobody is not in the online store") as caught:
        scoring.one("nobody")
    assert caught.value.customer_id == "nobody"


def test_many_keeps_order_and_duplicates_and_one_failure_touches_no_other(
    scoring: Scoring, store: Store
) -> None:
    results = scoring.many(["half", "nobody", "whole", "odd", "whole", "nobody"])
    assert [result.customerID for result in results] == ["half", "nobody", "whole", "odd", "whole", "nobody"]
    assert store.asked == [["half", "nobody", "whole", "odd"]]
    codes = [result.error.code if isinstance(result, Failed) else None for result in results]
    assert codes == [None, "unknown_customer", None, "unusable_features", None, "unknown_customer"]
    assert results[2] == results[4] == scoring.one("whole")
    assert isinstance(results[0], Found)
    assert results[0].probability == pytest.approx(scoring.one("half").probability, abs=1e-9)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (["half", "whole", "stale", "null"], 4),
        (["whole", "half", "whole"], 3),
        (["whole", "nobody"], 1),
        (["nobody", "half", "nobody", "whole", "null", "half"], 4),
        (["nobody"], 0),
        (["odd", "whole"], 1),
    ],
)
def test_the_texts_are_those_of_the_objects(asked: list[str], found: int, scoring: Scoring) -> None:
    texts, number = scoring.texts(asked)
    assert texts == [told.model_dump_json() for told in scoring.many(asked)]
    assert number == found
    assert scoring.texts([]) == ([], 0)


def test_nobody_is_scored_when_the_store_fails(scoring: Scoring, store: Store) -> None:
    assert scoring.check() == "base"
    store.fault = StoreError("the store is away")
    for ask in (scoring.check, lambda: scoring.one("whole"), lambda: scoring.many(["whole"])):
        with pytest.raises(StoreError, match="away"):
            ask()


def test_after_a_failed_read_the_store_counts_as_failing_for_a_while(
    scoring: Scoring, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Threads have connections of their own: that of the readiness check may work while others do not."""
    assert scoring.check() == "base"
    store.fault = StoreError("too many open files")
    with pytest.raises(StoreError, match="too many"):
        scoring.read("A")
    store.fault = None
    with pytest.raises(StoreError, match="too many"):
        scoring.check()
    later = time.monotonic() + FAILURE_SECONDS
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert scoring.check() == "base"


def test_a_damaged_row_does_not_make_the_service_unready(scoring: Scoring, store: Store) -> None:
    store.fault = DamagedFeatures("the row is damaged")
    with pytest.raises(DamagedFeatures):
        scoring.read("A")
    store.fault = None
    assert scoring.check() == "base"

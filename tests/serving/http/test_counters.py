from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from asgi_client import Client
from counts import counts, rise

from serving.counters import (
    ALL,
    ANSWERED,
    REFUSED_MODELS,
    SWAPS,
    LabelledCounter,
    count_refused,
    start_counting,
)
from serving.errors import (
    FormatError,
    IntegrityError,
    ModelError,
    NotReady,
    ServingError,
    StoreTimeout,
    UnknownModel,
)
from serving.http.api import build_app
from serving.http.guard.guard import Guard
from serving.http.runtime import Runtime
from serving.scoring.served import Served
from serving.scoring.split import in_share
from serving.settings import load_settings

PAGE = Path(__file__).parents[3] / "docs" / "operations.md"


def test_every_series_is_there_from_the_start_and_none_comes_later() -> None:
    start_counting()
    for counted in ALL:
        assert set(counts(counted.name)) == set(counted.values)
    with pytest.raises(KeyError):
        SWAPS.add("churn:7590-VHVEG")
    assert set(counts(SWAPS.name)) == set(SWAPS.values)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (UnknownModel("gone"), "unknown_model"),
        (IntegrityError("changed"), "files"),
        (FormatError("older"), "format"),
        (NotReady("another"), "feature_service"),
        (StoreTimeout("slow"), "online_store"),
        (ModelError("anything"), "other"),
    ],
)
def test_a_refusal_is_counted_by_the_kind_of_its_error(error: ServingError, reason: str) -> None:
    assert rise(REFUSED_MODELS.name, lambda: count_refused(error)) == {reason: 1}


@pytest.mark.parametrize("counted", ALL, ids=lambda counted: counted.name)
def test_every_counter_is_documented(counted: LabelledCounter) -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert f"`{counted.name}_total`" in text
    for value in counted.values:
        assert f"`{value}`" in text


def test_scores_are_counted_by_who_gave_them(challenged: Callable[..., Served]) -> None:
    runtime = Runtime(load_settings(), challenged("split", 0.5))
    client = Client(Guard(build_app(runtime), runtime))
    customers = [f"{number:04d}" for number in range(20)]
    theirs = sum(in_share(customer, "churn:b", 0.5) for customer in customers)
    expected = {"champion": 20 - theirs, "challenger": theirs}
    assert 0 < theirs < 20

    def one_by_one() -> None:
        for customer in [*customers, "nobody"]:
            client.post("/score", json={"customerID": customer})

    assert rise(ANSWERED.name, one_by_one) == expected
    many = {"customerIDs": [*customers, "nobody"]}
    assert rise(ANSWERED.name, lambda: client.post("/score_many", json=many)) == expected
    runtime.served = replace(runtime.current(), challenge=None)
    assert rise(ANSWERED.name, lambda: client.post("/score_many", json=many)) == {"champion": 20}

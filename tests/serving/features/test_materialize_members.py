"""Who has news in a source, and what a source that cannot be asked says."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest
from house import House, at, row

from serving.features.materialize_members import Members, News, absent, leavers, news_since, present

SINCE = at("2025-12-01")


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    house = House(tmp_path, monkeypatch)
    bills = [
        row("old", "2025-11-30"),
        row("billed since", "2025-12-31"),
        row("learned since", "2025-10-31", "2025-12-02"),
        row("learned since", "2025-11-30"),
        row("to the moment", "2025-12-01", "2025-12-01"),
        row("known before", "2025-12-15", "2025-11-01"),
    ]
    house.write({"billing": bills, "churn_events": [row("old", "2025-12-05"), row("late", "2026-02-01")]})
    return house.apply()


def test_news_is_what_became_true_or_was_learned_since(store: Any) -> None:
    news = news_since(store, store.get_feature_view("billing"), SINCE)
    assert isinstance(news, News)
    assert sorted(news.customers.to_pylist()) == [
        *("billed since", "known before", "learned since", "to the moment")
    ]
    assert news.earliest == at("2025-10-31")


def test_no_news_is_not_a_source_that_cannot_be_asked(store: Any) -> None:
    view = store.get_feature_view("billing")
    nothing = news_since(store, view, at("2026-01-02"))
    assert isinstance(nothing, News)
    assert (len(nothing.customers), nothing.earliest) == (0, None)
    view.batch_source.created_timestamp_column = ""
    assert news_since(store, view, SINCE) is None
    assert news_since(store, SimpleNamespace(batch_source=SimpleNamespace()), SINCE) is None  # type: ignore[arg-type]


@pytest.mark.parametrize("mapped", [False, True])
def test_members_are_alike_from_any_source(store: Any, mapped: bool) -> None:
    view = store.get_feature_view("billing")
    if mapped:  # such a source is left to Feast's reader
        view.batch_source.field_mapping["tenure"] = "months"
    members = Members(store, view, at("2025-12-01"), at("2025-12-20"), at("2026-01-01"))
    assert sorted(members.current.to_pylist()) == ["known before", "to the moment"]
    everybody = ["billed since", "known before", "learned since", "old", "to the moment"]
    assert sorted(members.known.to_pylist()) == everybody
    assert leavers(store, at("2026-01-01"), of_files=False).to_pylist() == ["old"]


def test_absent_and_present() -> None:
    some, others = pa.array(["a", "b", "c"]), pa.array(["b", "x"])
    assert absent(some, others).to_pylist() == ["a", "c"]
    assert present(some, others).to_pylist() == ["b"]

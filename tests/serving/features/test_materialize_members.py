"""Who has news in a source, and what a source that cannot be asked says."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest
from house import House, at, row

from serving.features.materialize_members import (
    Members,
    News,
    absent,
    leavers,
    news_since,
    present,
    returns,
    without_new_rows,
)

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
    back = returns(store, at("2026-01-01"))
    assert leavers(store, at("2026-01-01"), back, of_files=False).to_pylist() == ["old"]


@pytest.mark.parametrize("plain", [True, False])
def test_who_came_back_and_has_no_row_since(
    plain: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(tmp_path, monkeypatch)
    customers = ("away", "back", "billed again", "back later")
    joined = [row(customer, "2025-01-01") for customer in customers]
    returned = [row("back", "2025-12-05"), row("billed again", "2025-12-05"), row("back later", "2026-01-02")]
    leaves = [row(customer, "2025-12-01") for customer in customers]
    bills = [row(customer, "2025-11-30") for customer in customers]
    bills += [row("billed again", "2025-12-05"), row("back", "2026-01-01")]
    house.write({"demographics": joined + returned, "churn_events": leaves, "billing": bills})
    store = house.apply()
    if not plain:  # such a source is left to Feast's reader
        monkeypatch.setattr("feature_repo.offline_store.parquet_table.plain_table", lambda source, keys: None)
        monkeypatch.setattr("feature_repo.offline_store.store.plain_table", lambda source, keys: None)
    end = at("2025-12-31")
    back = returns(store, end)
    since = dict(zip(back["key"].to_pylist(), back["since"].to_pylist(), strict=True))
    assert since == {"back": at("2025-12-05"), "billed again": at("2025-12-05")}
    assert sorted(leavers(store, end, back, of_files=False).to_pylist()) == ["away", "back later"]
    billing = store.get_feature_view("billing")
    assert without_new_rows(store, billing, back, end).to_pylist() == ["back"]
    assert without_new_rows(store, billing, back, at("2026-01-01")).to_pylist() == []


def test_absent_and_present() -> None:
    some, others = pa.array(["a", "b", "c"]), pa.array(["b", "x"])
    assert absent(some, others).to_pylist() == ["a", "c"]
    assert present(some, others).to_pylist() == ["b"]

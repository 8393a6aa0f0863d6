"""Every store says of itself which base it holds, and one that cannot say is filled from the beginning."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from house import VIEWS, House, at, everyone, row
from other_stores import repo_on
from redis_server import client, flush, redis_server

from serving.errors import MaterializeError, StoreError
from serving.features.feature_status import CustomerFeatures, micros
from serving.features.materialize import MaterializeReport, materialize
from serving.features.online_features import OnlineStore
from serving.features.store_statement import Statement, statement_of
from serving.model.signature import signature_of

NOW = at("2026-06-01")
UNTIL = at("2026-01-01")
SIGNATURE = signature_of()
LONG_AGO = {**everyone(["A", "B"]), "services": [row("A", "2020-01-01"), row("B", "2020-01-01")]}


@pytest.fixture(params=["sqlite", "redis"])
def online_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[dict[str, Any]]:
    if request.param == "sqlite":
        yield {"type": "sqlite", "path": str(tmp_path / "other.db")}
    else:
        with redis_server(tmp_path) as store:
            yield store


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[dict[str, Any]]:
    with redis_server(tmp_path) as store:
        yield store


def on(house: House, store: dict[str, Any], lake: dict[str, Any] | None = None) -> Path:
    """A repository on a store, applied for a lake."""
    house.write(lake or LONG_AGO)
    repo = repo_on(house.folder / "repo", store)
    house.apply(repo=repo)
    return repo


def fill(repo: Path, end: datetime | None = None, **options: Any) -> MaterializeReport:
    return materialize(repo, end, now=lambda: NOW, **options)


def read(repo: Path, *customers: str, base: str | None = "base-a") -> list[CustomerFeatures]:
    reader = OnlineStore(repo).features(SIGNATURE, expected_base=base, now=lambda: UNTIL)
    assert reader.base() == base
    return list(reader.read(customers))


def known(repo: Path, *customers: str) -> list[str]:
    return [each.customer_id for each in read(repo, *customers) if each.statuses.known]


def test_an_installation_that_is_switched_to_another_store_is_filled_from_the_beginning(
    house: House, online_store: dict[str, Any]
) -> None:
    house.write({**LONG_AGO, "churn_events": [row("B", "2025-12-31")]})
    house.apply()
    materialize(now=lambda: NOW)
    repo = repo_on(house.folder / "repo", online_store)
    house.apply(repo=repo)
    assert fill(repo).customers == dict.fromkeys(VIEWS, 1)
    a, b = read(repo, "A", "B")
    assert a.statuses.not_present == {}
    assert not b.statuses.known, "B has left"
    assert fill(repo).customers == dict.fromkeys(VIEWS, 1), "a second run reads what is new only"


def test_a_redis_that_was_emptied_is_not_ready_and_is_filled_from_the_beginning(
    house: House, redis: dict[str, Any]
) -> None:
    repo = on(house, redis)
    fill(repo)
    reader = OnlineStore(repo).features(SIGNATURE, expected_base="base-a")
    assert reader.base() == "base-a"
    flush(redis)
    for asked in (reader.base, lambda: reader.read(["A"])):
        with pytest.raises(StoreError, match=r"\(redis\) does not say .*; run `feast -c feature_repo apply`"):
            asked()
    fill(repo)
    assert [each.statuses.not_present for each in read(repo, "A", "B")] == [{}, {}]


def test_a_store_that_only_feast_has_filled_does_not_say_what_it_holds(
    house: House, online_store: dict[str, Any]
) -> None:
    repo = on(house, online_store)
    house.store(repo).materialize(at("2019-01-01"), UNTIL)
    with pytest.raises(StoreError, match="does not say which base it holds"):
        OnlineStore(repo).features(SIGNATURE).base()
    fill(repo)
    assert known(repo, "A", "B") == ["A", "B"]


def test_a_teardown_of_feasts_takes_the_statement_with_it(house: House, online_store: dict[str, Any]) -> None:
    repo = on(house, online_store)
    fill(repo)
    house.store(repo).teardown()
    house.apply(repo=repo)
    with pytest.raises(StoreError, match="does not say which base it holds"):
        OnlineStore(repo).features(SIGNATURE).base()
    fill(repo)
    assert [each.statuses.not_present for each in read(repo, "A")] == [{}]


def test_who_left_is_removed_from_any_store_and_stays_removed(
    house: House, online_store: dict[str, Any]
) -> None:
    repo = on(house, online_store)
    assert fill(repo).removed == 0
    house.write({**LONG_AGO, "churn_events": [row("B", "2025-12-31")]})
    report = fill(repo)
    assert report.removed == 1
    assert report.customers == dict.fromkeys(VIEWS, 1)
    assert known(repo, "A", "B") == ["A"]
    fill(repo, full=True)
    assert known(repo, "A", "B") == ["A"]


def test_who_came_back_is_in_any_store_without_the_former_stay(
    house: House, online_store: dict[str, Any]
) -> None:
    repo = on(house, online_store)
    fill(repo)
    came = {view: [*LONG_AGO[view], row("B", "2026-02-01")] for view in ("demographics", "services")}
    house.write({**LONG_AGO, **came, "churn_events": [row("B", "2026-01-10")]}, data_until="2026-02-15")
    assert fill(repo).removed == 1
    (back,) = read(repo, "B")
    of_now, gone = ((view, back.statuses.events[view]) for view in ("services", "billing"))
    assert of_now == ("services", micros(at("2026-02-01")))
    assert gone == ("billing", None)


def test_who_is_no_longer_in_the_lake_is_removed_from_redis(house: House, redis: dict[str, Any]) -> None:
    repo = on(house, redis)
    fill(repo)
    with client(redis) as opened:
        assert sum(b"customerID" in key for key in opened.scan_iter()) == 3, "A, B and the statement"
        house.write({**LONG_AGO, **{view: LONG_AGO[view][:1] for view in VIEWS}})
        assert fill(repo).removed == 1
        assert not any(key.endswith(b"Bstayline") for key in opened.scan_iter())
    assert known(repo, "A", "B") == ["A"]


def test_another_base_replaces_all_that_redis_holds_also_newer_rows(
    house: House, redis: dict[str, Any]
) -> None:
    repo = on(house, redis)
    fill(repo)
    old = OnlineStore(repo).features(SIGNATURE, expected_base="base-a")
    house.write({**everyone(["A"], "2025-12-01"), "tickets": []}, base="base-b")
    with pytest.raises(MaterializeError, match="lake holds base base-b.*applied for base-a; run"):
        fill(repo)
    assert old.read(["A"])
    house.apply(repo=repo)
    fill(repo)
    a, b = read(repo, "A", "B", base="base-b")
    assert a.statuses.events["billing"] == micros(at("2025-12-01"))
    assert {view for view, event in a.statuses.events.items() if event is None} == {"tickets"}
    assert not b.statuses.known
    with pytest.raises(StoreError, match=r"model is of base base-a, and .* \(redis\) holds base-b; run"):
        old.read(["A"])


def test_another_base_in_a_store_that_cannot_list_its_customers_is_refused(
    house: House, tmp_path: Path
) -> None:
    repo = on(house, {"type": "sqlite", "path": str(tmp_path / "other.db")})
    fill(repo)
    house.write(everyone(["A"]), base="base-b")
    house.apply(repo=repo)
    with pytest.raises(MaterializeError, match="'billing': .* holds base base-a; run `feast .* teardown`"):
        fill(repo)
    house.store(repo).teardown()
    house.apply(repo=repo)
    fill(repo)
    assert [each.statuses.known for each in read(repo, "A", "B", base="base-b")] == [True, False]


def test_in_any_store_an_old_end_hides_nothing_newer_and_a_correction_arrives(
    house: House, online_store: dict[str, Any]
) -> None:
    rows = {
        **everyone(["A"]),
        "billing": [row("A", "2025-11-30", tenure=1), row("A", "2025-12-31", tenure=2)],
    }
    repo = on(house, online_store, rows)
    fill(repo)
    fill(repo, at("2025-12-01"))
    assert read(repo, "A")[0].values["tenure"] == 2
    corrected = [*rows["billing"], row("A", "2025-12-31", "2026-01-01", tenure=3)]
    house.write({**rows, "billing": corrected})
    fill(repo)
    assert read(repo, "A")[0].values["tenure"] == 3


def test_a_source_that_lost_its_rows_is_refused_for_any_store(
    house: House, online_store: dict[str, Any]
) -> None:
    repo = on(house, online_store)
    fill(repo)
    house.write({**LONG_AGO, "billing": []})
    with pytest.raises(MaterializeError, match=r"'billing': .*billing.parquet has no rows"):
        fill(repo)
    assert known(repo, "A", "B") == ["A", "B"]


def test_no_customer_id_is_the_key_of_the_statement(house: House, online_store: dict[str, Any]) -> None:
    repo = on(house, online_store)
    fill(repo)
    assert known(repo, "stayline", "\0stayline", "") == []


def test_a_redis_that_lets_keys_expire_is_filled_from_the_beginning_every_time(
    house: House, redis: dict[str, Any]
) -> None:
    repo = on(house, {**redis, "key_ttl_seconds": 3600})
    fill(repo)
    with client(redis) as opened:
        (key,) = (key for key in opened.scan_iter() if key.endswith(b"Astayline"))
        assert 0 < opened.ttl(key) <= 3600
        opened.delete(key)
    starts = {view.view: view.start for view in fill(repo).views}
    assert starts["services"] < at("2020-01-01")
    assert read(repo, "A")[0].statuses.not_present == {}


@pytest.mark.parametrize("text", [None, "", b"", "{", "[]", "7", '{"base": "a"}', b"\xff"])
def test_what_is_no_statement_says_nothing(text: str | bytes | None) -> None:
    assert statement_of(text) is None


def test_a_statement_is_read_as_it_was_written() -> None:
    said = Statement("base-a", 5, ("tenure",))
    assert statement_of(said.text()) == statement_of(said.text().encode()) == said

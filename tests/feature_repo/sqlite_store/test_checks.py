from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from feast import Entity, FeatureView, FileSource, ValueType
from house import House, everyone

from feature_repo.errors import BaseMismatch, OnlineStoreError
from feature_repo.lake import AHEAD
from feature_repo.sqlite_store.checks import check_base, check_event, check_lake, explained
from feature_repo.sqlite_store.row_check import REMOVE
from feature_repo.sqlite_store.rows import to_micros
from feature_repo.sqlite_store.schema import ViewTable


def table(base: str | None) -> ViewTable:
    return ViewTable("stayline_billing", "billing", "customerID", {}, base)


def view(source: Path, **tags: str) -> FeatureView:
    customer = Entity(name="customer", join_keys=["customerID"], value_type=ValueType.STRING)
    return FeatureView(
        name="billing",
        entities=[customer],
        source=FileSource(path=str(source), timestamp_field="event_timestamp"),
        tags=tags,
    )


@pytest.mark.parametrize(("applied", "stored"), [("a", "a"), (None, "a"), ("a", None), (None, None)])
def test_an_unknown_base_passes_as_the_same_does(applied: str | None, stored: str | None) -> None:
    check_base(table(applied), stored)


def test_another_base_in_the_store_is_told() -> None:
    with pytest.raises(BaseMismatch) as refused:
        check_base(table("a"), "b")
    assert str(refused.value) == (
        "The online store holds base b for view 'billing', the registry a; "
        "run `feast apply`, which empties the store for the new base, then materialize."
    )


def test_another_base_in_the_lake_is_told(house: House, tmp_path: Path) -> None:
    house.write(everyone(["A"]), base="base-a")
    source = house.lake / "billing.parquet"
    check_lake(view(source, base="base-a"))
    check_lake(view(tmp_path / "nowhere" / "billing.parquet", base="base-b"))
    for tags, applied in (({"base": "base-b"}, "base-b"), ({}, "no base")):
        with pytest.raises(BaseMismatch) as refused:
            check_lake(view(source, **tags))
        assert str(refused.value) == (
            f"The lake holds base base-a, and view 'billing' was applied for {applied}; "
            "run `feast apply`, then materialize."
        )


@pytest.mark.parametrize("error", [sqlite3.OperationalError("no such column: a"), OSError("no room")])
def test_what_sqlite_and_the_disk_say_is_one_sentence(error: Exception) -> None:
    for arguments, where in ((["billing"], "View 'billing': the"), ([], "The")):
        with pytest.raises(OnlineStoreError) as refused, explained(*arguments):
            raise error
        assert str(refused.value) == (
            f"{where} online store says: {error}; if the definitions changed, run `feast apply`."
        )
        assert refused.value.__cause__ is error


def test_an_error_of_another_kind_stays_itself() -> None:
    with pytest.raises(ValueError, match=r"^ours$"), explained("billing"):
        raise ValueError("ours")


def test_a_source_without_a_file_has_no_lake_beside_it(tmp_path: Path) -> None:
    other = view(tmp_path / "billing.parquet", base="base-a")
    for source in (SimpleNamespace(path=None), SimpleNamespace()):
        check_lake(cast("FeatureView", SimpleNamespace(batch_source=source, tags=other.tags, name="billing")))


class Stopped(datetime):
    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Stopped:
        assert tz is UTC
        return cls(2026, 3, 1, tzinfo=UTC)


def test_a_row_further_ahead_than_clocks_differ_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feature_repo.sqlite_store.checks.datetime", Stopped)
    limit = to_micros(datetime(2026, 3, 1, tzinfo=UTC) + AHEAD)
    check_event("billing", "A", limit)
    with pytest.raises(OnlineStoreError):
        check_event("billing", "A", limit + 1)
    with pytest.raises(OnlineStoreError) as refused:
        check_event("billing", "A", to_micros(datetime(2127, 3, 1, 12, 30, 5, 999_999, UTC)))
    assert str(refused.value) == (
        "View 'billing': the row of customer A is dated 2127-03-01T12:30:05 UTC, which lies in the future; "
        "correct its event timestamp, or this machine's clock, and write the rows again."
    )


def test_a_damaged_file_is_to_be_removed() -> None:
    with pytest.raises(OnlineStoreError) as refused, explained():
        raise sqlite3.DatabaseError("database disk image is malformed")
    assert str(refused.value) == (f"The online store says: database disk image is malformed; {REMOVE}")

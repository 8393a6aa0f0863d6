from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import Any

import bentoml
import pytest

from serving.errors import IntegrityError, NoChampion, UnknownModel
from serving.registry import decisions, pointers
from serving.registry.models import list_models


def test_no_champion_at_first(model_store: Path) -> None:
    assert pointers.champion() is None
    assert list_models() == []
    with pytest.raises(NoChampion):
        decisions.rollback("ann", "nothing there")


def test_the_latest_promotion_counts(tags: tuple[str, str, str]) -> None:
    for tag in tags[:2]:
        decisions.promote(tag, "ann", "better AUC")
        assert pointers.champion() == tag
    assert decisions.promote(tags[1], "bob", "again").who == "ann"
    assert [(p.number, p.tag, p.who, p.why) for p in pointers.champion_history()] == [
        (1, tags[0], "ann", "better AUC"),
        (2, tags[1], "ann", "better AUC"),
    ]


def test_rollback_walks_down_the_promotions_and_rewrites_nothing(tags: tuple[str, str, str]) -> None:
    for tag in tags:
        decisions.promote(tag, "ann", "new month")
    assert decisions.rollback("bob", "calls dropped").tag == tags[1]
    assert decisions.rollback("bob", "still").tag == tags[0]
    with pytest.raises(NoChampion):
        decisions.rollback("bob", "more")
    assert decisions.promote(tags[2], "ann", "repaired").number == 6
    assert decisions.rollback("bob", "not repaired").tag == tags[0]
    assert [pointer.action for pointer in pointers.champion_history()] == [
        *["promote"] * 3,
        *["rollback"] * 2,
        "promote",
        "rollback",
    ]


def test_pointers_of_the_same_moment_are_told_apart(
    tags: tuple[str, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = datetime(2026, 11, 1, tzinfo=UTC)

    class Stopped(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return moment

    monkeypatch.setattr(pointers, "datetime", Stopped)
    monkeypatch.setattr("bentoml._internal.models.model.datetime", Stopped)
    for tag in (tags[2], tags[0], tags[1]):
        decisions.promote(tag, "ann", "same moment")
    assert {pointer.when for pointer in pointers.champion_history()} == {moment}
    assert pointers.champion() == tags[1]


def test_a_half_written_pointer_is_passed_over(tags: tuple[str, str, str], model_store: Path) -> None:
    decisions.promote(tags[0], "ann", "first")
    (model_store / pointers.POINTER_NAME / "000002").mkdir()
    garbled = model_store / pointers.POINTER_NAME / "000003"
    garbled.mkdir()
    (garbled / "model.yaml").write_text("name: [")
    with bentoml.models.create(f"{pointers.POINTER_NAME}:000004", metadata={"tag": tags[1]}):
        pass
    assert pointers.champion() == tags[0]
    broken = [f"{pointers.POINTER_NAME}:00000{number}" for number in (4, 3, 2)]
    assert pointers.passed_over() == pointers.history().unreadable == broken
    assert decisions.promote(tags[1], "ann", "second").number == 5
    assert pointers.champion() == tags[1]
    assert (pointers.passed_over(), pointers.history().unreadable) == ([], broken)


@pytest.mark.parametrize("change", [("ann", "eve"), ("sealed", "seiled"), ("why: second", "why: sekond")])
def test_a_pointer_that_says_something_else_is_left_out_and_named(
    change: tuple[str, str], tags: tuple[str, str, str], model_store: Path
) -> None:
    decisions.promote(tags[0], "ann", "first")
    decisions.promote(tags[1], "ann", "second")
    yaml = model_store / pointers.POINTER_NAME / "000002" / "model.yaml"
    yaml.write_text(yaml.read_text().replace(*change))
    damaged = f"{pointers.POINTER_NAME}:000002"
    assert (pointers.champion(), pointers.lost_decision()) == (tags[0], damaged)
    with pytest.raises(IntegrityError, match=f"{damaged} cannot be read, .*models promote TAG` names it"):
        decisions.rollback("ann", "back")
    assert decisions.promote(tags[0], "ann", "decided again").number == 3
    assert (pointers.champion(), pointers.lost_decision()) == (tags[0], None)


def test_a_pointer_without_its_checksum_is_left_out_and_one_of_before_is_not(
    tags: tuple[str, str, str], model_store: Path
) -> None:
    decisions.promote(tags[0], "ann", "first")
    folder = model_store / pointers.POINTER_NAME / "000001"
    (folder / "model.yaml.sha256").unlink()
    assert pointers.champion() is None
    yaml = folder / "model.yaml"
    yaml.write_text(yaml.read_text().replace("  sealed: true\n", ""))
    assert pointers.champion() == tags[0], "as version 0.2 wrote it"


def test_a_broken_or_missing_model_is_not_promoted(tags: tuple[str, str, str], model_store: Path) -> None:
    decisions.promote(tags[0], "ann", "first")
    decisions.promote(tags[1], "ann", "second")
    for tag in (tags[0], tags[2]):
        model_store.joinpath(*tag.split(":"), "model.json").write_text("{}")
    with pytest.raises(UnknownModel):
        decisions.promote("churn:nothing", "ann", "typing error")
    with pytest.raises(IntegrityError, match="model.json"):
        decisions.promote(tags[2], "ann", "third")
    with pytest.raises(IntegrityError, match="model.json"):
        decisions.rollback("ann", "back")
    assert pointers.champion() == tags[1]


def test_two_promotions_at_once_lose_nothing(tags: tuple[str, str, str]) -> None:
    threads = [Thread(target=decisions.promote, args=(tag, "ann", "race")) for tag in tags]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(pointer.tag for pointer in pointers.champion_history()) == sorted(tags)
    assert [pointer.number for pointer in pointers.champion_history()] == [1, 2, 3]

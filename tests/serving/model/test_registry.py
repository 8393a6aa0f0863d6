from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import Any

import bentoml
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from serving.errors import IntegrityError, NoChampion, UnknownModel
from serving.model import pointers
from serving.model import registry as models
from serving.model.model_format import ChurnModel, save_model


@pytest.fixture
def tags(
    build_model: Callable[[str], ChurnModel], metadata: dict[str, Any], model_store: Path
) -> tuple[str, str, str]:
    model = build_model("logistic")
    return save_model(model, metadata), save_model(model, metadata), save_model(model, metadata)


def test_no_champion_at_first(model_store: Path) -> None:
    assert pointers.champion() is None
    assert models.list_models() == []
    with pytest.raises(NoChampion):
        models.rollback("ann", "nothing there")


def test_the_latest_promotion_counts(tags: tuple[str, str, str]) -> None:
    for tag in tags[:2]:
        models.promote(tag, "ann", "better AUC")
        assert pointers.champion() == tag
    assert models.promote(tags[1], "bob", "again").who == "ann"
    assert [(p.number, p.tag, p.who, p.why) for p in pointers.champion_history()] == [
        (1, tags[0], "ann", "better AUC"),
        (2, tags[1], "ann", "better AUC"),
    ]


def test_rollback_walks_down_the_promotions_and_rewrites_nothing(tags: tuple[str, str, str]) -> None:
    for tag in tags:
        models.promote(tag, "ann", "new month")
    assert models.rollback("bob", "calls dropped").tag == tags[1]
    assert models.rollback("bob", "still").tag == tags[0]
    with pytest.raises(NoChampion):
        models.rollback("bob", "more")
    assert models.promote(tags[2], "ann", "repaired").number == 6
    assert models.rollback("bob", "not repaired").tag == tags[0]
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
        models.promote(tag, "ann", "same moment")
    assert {pointer.when for pointer in pointers.champion_history()} == {moment}
    assert pointers.champion() == tags[1]


def test_a_half_written_pointer_is_passed_over(tags: tuple[str, str, str], model_store: Path) -> None:
    models.promote(tags[0], "ann", "first")
    (model_store / pointers.POINTER_NAME / "000002").mkdir()
    garbled = model_store / pointers.POINTER_NAME / "000003"
    garbled.mkdir()
    (garbled / "model.yaml").write_text("name: [")
    with bentoml.models.create(f"{pointers.POINTER_NAME}:000004", metadata={"tag": tags[1]}):
        pass
    assert pointers.champion() == tags[0]
    broken = [f"{pointers.POINTER_NAME}:00000{number}" for number in (4, 3, 2)]
    assert pointers.passed_over() == pointers.history().unreadable == broken
    assert models.promote(tags[1], "ann", "second").number == 5
    assert pointers.champion() == tags[1]
    assert (pointers.passed_over(), pointers.history().unreadable) == ([], broken)


def test_a_half_written_version_is_listed_as_such(tags: tuple[str, str, str], model_store: Path) -> None:
    (model_store / "churn" / "half").mkdir()
    models.promote(tags[0], "ann", "first")
    entries = {entry.tag: entry for entry in models.list_models()}
    assert set(entries) == {*tags, "churn:half"}
    assert "half-written" in str(entries["churn:half"].problem)
    assert [tag for tag, entry in entries.items() if entry.role == "champion"] == [tags[0]]
    assert entries[tags[2]].problem is None
    assert [entry.tag for entry in models.list_models()][0] == tags[2]


def test_a_copy_by_hand_is_broken(tags: tuple[str, str, str], model_store: Path) -> None:
    shutil.copytree(model_store.joinpath(*tags[0].split(":")), model_store / "churn" / "copy")
    entries = {entry.tag: entry for entry in models.list_models()}
    assert f"churn:copy: its model.yaml says that it is {tags[0]}" in str(entries["churn:copy"].problem)
    with pytest.raises(IntegrityError, match="by hand"):
        models.promote("churn:copy", "ann", "looks the same")


@pytest.mark.parametrize("name", ["encoder.json", "model.yaml.sha256"])
def test_a_file_that_cannot_be_read_breaks_its_own_version_only(
    name: str, tags: tuple[str, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    read, broken = Path.read_bytes, Path(*tags[1].split(":"), name)

    def fail(path: Path) -> bytes:
        if path.parts[-3:] == broken.parts:
            raise PermissionError(13, "Permission denied", str(path))
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", fail)
    problems = {entry.tag: entry.problem for entry in models.list_models()}
    assert f"{name} cannot be read (Permission denied)" in str(problems.pop(tags[1]))
    assert set(problems.values()) == {None}


@given(st.data())
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_whatever_stands_in_a_model_yaml_breaks_its_own_version_only(
    tags: tuple[str, str, str], model_store: Path, data: st.DataObject
) -> None:
    file = model_store.joinpath(*tags[0].split(":"), "model.yaml")
    whole = file.read_text()
    lines = whole.splitlines(keepends=True)
    number = data.draw(st.integers(0, len(lines) - 1))
    other = data.draw(
        st.sampled_from(["", "{name}: 3\n", "{name}: []\n", "{name}: {{}}\n", "{name}: [\n", "\0"])
    )
    lines[number] = other.format(name=lines[number].partition(":")[0])
    file.write_text("".join(lines))
    try:
        problems = {entry.tag: entry.problem for entry in models.list_models()}
    finally:
        file.write_text(whole)
    assert (problems[tags[1]], problems[tags[2]]) == (None, None)


def test_a_broken_or_missing_model_is_not_promoted(tags: tuple[str, str, str], model_store: Path) -> None:
    models.promote(tags[0], "ann", "first")
    models.promote(tags[1], "ann", "second")
    for tag in (tags[0], tags[2]):
        model_store.joinpath(*tag.split(":"), "model.json").write_text("{}")
    with pytest.raises(UnknownModel):
        models.promote("churn:nothing", "ann", "typing error")
    with pytest.raises(IntegrityError, match="model.json"):
        models.promote(tags[2], "ann", "third")
    with pytest.raises(IntegrityError, match="model.json"):
        models.rollback("ann", "back")
    assert pointers.champion() == tags[1]


def test_show_tries_the_model(tags: tuple[str, str, str], model_store: Path) -> None:
    assert models.show_model(tags[0]).problem is None
    model_store.joinpath(*tags[0].split(":"), "segments.json").unlink()
    assert "segments.json is missing" in str(models.show_model(tags[0]).problem)
    with pytest.raises(UnknownModel):
        models.show_model("churn:nothing")


def test_two_promotions_at_once_lose_nothing(tags: tuple[str, str, str]) -> None:
    threads = [Thread(target=models.promote, args=(tag, "ann", "race")) for tag in tags]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(pointer.tag for pointer in pointers.champion_history()) == sorted(tags)
    assert [pointer.number for pointer in pointers.champion_history()] == [1, 2, 3]

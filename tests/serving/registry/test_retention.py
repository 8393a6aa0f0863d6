from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bentoml
import pytest

from serving.errors import ModelError
from serving.model.churn_model import ChurnModel
from serving.registry.decisions import challenge, promote, rollback
from serving.registry.model_files import save_model
from serving.registry.pointers import champion_history
from serving.registry.retention import Removal, pointed_to, prune
from serving.registry.store import versions
from serving.registry.store_writing import STAGING

LONG_AGO = 1_700_000_000.0


@pytest.fixture
def tags(build_model: Callable[[str], ChurnModel], metadata: dict[str, Any], model_store: Path) -> list[str]:
    """Five versions, oldest first."""
    model = build_model("logistic")
    return [save_model(model, metadata) for _ in range(5)]


def left() -> set[str]:
    return {f"churn:{version}" for version in versions("churn")}


def test_the_newest_stay_and_a_dry_run_only_tells(tags: list[str]) -> None:
    told = prune(2, dry_run=True)
    assert told == [Removal(tag, "older than the newest 2") for tag in (tags[2], tags[1], tags[0])]
    assert left() == set(tags)
    assert prune(2) == told
    assert left() == set(tags[3:])
    assert prune(2) == []
    assert str(bentoml.models.get("churn:latest").tag) == tags[4]


def test_what_a_pointer_or_a_roll_back_may_want_stays(tags: list[str]) -> None:
    for tag in (tags[1], tags[0], tags[3]):
        promote(tag, "ann", "new month")
    rollback("ann", "calls dropped")
    challenge(tags[2], "ann", "second try", "shadow")
    assert pointed_to() == {tags[0], tags[1], tags[2]}
    assert [removal.tag for removal in prune(1)] == [tags[3]]
    assert left() == {tags[0], tags[1], tags[2], tags[4]}
    assert len(champion_history()) == 4


def test_a_broken_version_does_not_count_and_goes_by_its_age(tags: list[str], model_store: Path) -> None:
    for tag in (tags[4], tags[1]):
        model_store.joinpath(*tag.split(":"), "segments.json").unlink()
    assert [removal.tag for removal in prune(2)] == [tags[1], tags[0]]
    assert left() == {tags[2], tags[3], tags[4]}


def test_a_half_written_version_goes_when_nobody_can_be_writing_it(
    tags: list[str], model_store: Path
) -> None:
    old, fresh, growing = (model_store / "churn" / name for name in ("old", "fresh", "growing"))
    for folder in (old, fresh, growing):
        folder.mkdir()
        (folder / "encoder.json").write_text("{")
    os.utime(old / "encoder.json", (LONG_AGO, LONG_AGO))
    for folder in (old, growing):
        os.utime(folder, (LONG_AGO, LONG_AGO))
    assert prune(5) == [Removal("churn:old", "half-written")]
    assert left() == {*tags, "churn:fresh", "churn:growing"}


def test_what_a_process_that_died_left_beside_the_store_goes(tags: list[str], model_store: Path) -> None:
    old, fresh = (model_store.parent / f"{STAGING}{name}" for name in ("old", "fresh"))
    for folder in (old, fresh):
        folder.mkdir()
    os.utime(old, (LONG_AGO, LONG_AGO))
    prune(5)
    assert (old.exists(), fresh.exists()) == (False, True)


def test_nothing_is_not_kept(tags: list[str]) -> None:
    with pytest.raises(ModelError, match="at least 1"):
        prune(0)

from __future__ import annotations

import gc
import logging
import weakref
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest
from counts import rise
from shared_moments import NOW
from small_playbooks import offer, written

from serving.counters import LOOKS, POLICY_FILES, REFUSED_MODELS, SWAPS
from serving.decision.suppressed import write_suppressed
from serving.errors import FormatError, NotReady, StoreError
from serving.http.runtime import Runtime
from serving.live import follower as follower_module
from serving.live.follower import Follower
from serving.live.policies import Policies
from serving.model.signature import Signature
from serving.registry import pointers
from serving.registry.applied import Comparison
from serving.registry.pointers import ChallengerPointer
from serving.scoring.served import Served
from serving.settings import load_settings


class Registry:
    """Stands for the pointers."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.tag: str | None = "churn:a"
        self.challenge: ChallengerPointer | None = None
        self.passed_over: list[str] = []
        monkeypatch.setattr(pointers, "stamp", lambda: (self.tag, self.challenge, *self.passed_over))
        monkeypatch.setattr(pointers, "passed_over", lambda: self.passed_over)
        monkeypatch.setattr(pointers, "champion", lambda: self.tag)
        monkeypatch.setattr(pointers, "challenger", lambda: self.challenge)

    def challenged_by(self, tag: str, **how: Any) -> None:
        when = datetime(2026, 11, 1, tzinfo=UTC)
        known: dict[str, Any] = {"number": 1, "who": "ann", "why": "try", "when": when, "champion_number": 1}
        self.challenge = ChallengerPointer(action="challenge", tag=tag, **known, **how)


class FixedApplied:
    """Tells what a test says."""

    def __init__(self) -> None:
        self.told = Comparison()

    def compare(self, signature: Signature) -> Comparison:
        return self.told


class World:
    def __init__(self, monkeypatch: pytest.MonkeyPatch, make_served: Callable[[str], Served]) -> None:
        self.registry = Registry(monkeypatch)
        self.applied = FixedApplied()
        self.runtime = Runtime(load_settings())
        self.policies = Policies(load_settings(), lambda: NOW)
        self.loads: list[str] = []
        self.broken: set[str] = set()
        self.now = 0.0
        self._make = make_served
        monkeypatch.setattr(follower_module, "time", SimpleNamespace(monotonic=lambda: self.now))
        monkeypatch.setattr(follower_module, "gc", SimpleNamespace(collect=list, freeze=list))
        self.follower = self.follow(follows=True)

    def follow(self, *, follows: bool) -> Follower:
        applied: Any = self.applied
        return Follower(self.runtime, self._load, applied, follows=follows, policies=self.policies)

    def _load(self, tag: str) -> Served:
        self.loads.append(tag)
        if tag in self.broken:
            raise FormatError(f"{tag} is broken")
        return self._make(tag)

    @property
    def tag(self) -> str:
        return self.runtime.current().tag


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, make_served: Callable[[str], Served], model_store: Path) -> World:
    return World(monkeypatch, make_served)


def test_another_champion_is_swapped_in_once(world: World) -> None:
    world.follower.start("churn:a")
    before = world.runtime.loaded()
    world.follower.step()
    assert world.runtime.loaded() is before
    world.registry.tag = "churn:b"
    assert rise(SWAPS.name, world.follower.step) == {"champion": 1}
    assert rise(SWAPS.name, world.follower.step) == {}
    assert world.tag == "churn:b"
    assert world.loads == ["churn:a", "churn:b"]
    assert before.tag == "churn:a"  # a request that took it earlier still has all of it


def test_the_model_before_is_freed(world: World) -> None:
    world.follower.start("churn:a")
    gone = weakref.ref(world.runtime.loaded().scoring)
    world.registry.tag = "churn:b"
    gc.disable()
    try:
        world.follower.step()
        assert gone() is None
    finally:
        gc.enable()


def test_a_broken_champion_leaves_the_old_one_and_is_told_once(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.follower.start("churn:a")
    world.broken, world.registry.tag = {"churn:b"}, "churn:b"
    assert rise(REFUSED_MODELS.name, world.follower.step) == {"format": 1}
    for _ in range(2):
        world.follower.step()
    assert world.runtime.loaded().tag == "churn:a"
    assert world.loads == ["churn:a", "churn:b"]
    assert world.runtime.notices == ("churn:b does not go into service: churn:b is broken",)
    world.now += 11
    world.follower.step()
    assert world.loads[2:] == ["churn:b"]
    assert [record.levelno for record in caplog.records].count(logging.ERROR) == 1
    world.broken.clear()
    world.now += 11
    world.follower.step()
    assert (world.tag, world.runtime.notices) == ("churn:b", ())


def test_a_worker_that_starts_beside_a_broken_champion_serves_what_it_was_handed(world: World) -> None:
    world.broken, world.registry.tag = {"churn:b"}, "churn:b"
    world.follower.start("churn:a")
    assert world.tag == "churn:a"
    assert world.loads == ["churn:b", "churn:a"]
    world.broken.add("churn:c")
    with pytest.raises(FormatError):
        world.follow(follows=False).start("churn:c")


def test_a_model_for_another_store_is_not_swapped_to(world: World, store: Any) -> None:
    world.follower.start("churn:a")
    store.fault = StoreError("the store holds another base")
    world.registry.tag = "churn:b"
    world.follower.step()
    assert world.tag == "churn:a"
    assert "another base" in world.runtime.notices[0]
    store.fault = None
    world.now += 11
    world.follower.step()
    assert world.tag == "churn:b"


def test_another_feature_service_makes_the_service_not_ready(world: World) -> None:
    world.follower.start("churn:a")
    world.applied.told = Comparison(differs="billing:tenure is gone")
    world.registry.tag = "churn:b"
    world.follower.step()
    assert world.tag == "churn:a"
    with pytest.raises(NotReady, match="billing:tenure is gone"):
        world.runtime.loaded()
    world.applied.told = Comparison()
    world.now += 11
    world.follower.step()
    assert world.runtime.loaded().tag == "churn:b"


def test_what_cannot_be_told_is_a_notice(world: World) -> None:
    world.applied.told = Comparison(unknown="the registry is not ours")
    world.follower.start("churn:a")
    assert world.runtime.loaded().unfit is None
    assert world.runtime.notices == ("the registry is not ours",)


def test_a_registry_that_names_nothing_any_more_changes_nothing(world: World) -> None:
    world.follower.start("churn:a")
    world.registry.tag = None
    world.follower.step()
    assert world.tag == "churn:a"
    assert world.runtime.notices == ("the registry names no champion",)


def test_a_pointer_that_cannot_be_read_is_a_notice(world: World) -> None:
    world.follower.start("churn:a")
    world.registry.passed_over = ["churn-champion:000002"]
    world.follower.step()
    assert "churn-champion:000002 cannot be read" in world.runtime.notices[0]
    world.registry.passed_over = []
    world.follower.step()
    assert world.runtime.notices == ()


def test_a_challenger_comes_and_becomes_champion_without_being_loaded_again(world: World) -> None:
    world.follower.start("churn:a")
    world.registry.challenged_by("churn:b", mode="split", share=0.25)
    assert rise(SWAPS.name, world.follower.step) == {"challenger": 1}
    challenge = world.runtime.loaded().challenge
    assert challenge is not None
    assert (challenge.mode, challenge.share) == ("split", 0.25)
    assert (challenge.served.tag, challenge.served.role) == ("churn:b", "challenger")
    world.registry.tag, world.registry.challenge = "churn:b", None
    world.follower.step()
    served = world.runtime.loaded()
    assert (served.tag, served.role, served.challenge) == ("churn:b", "champion", None)
    assert world.loads == ["churn:a", "churn:b"]


def test_a_broken_challenger_leaves_the_champion_alone(world: World) -> None:
    world.broken = {"churn:b"}
    world.registry.challenged_by("churn:b", mode="shadow")
    world.follower.start("churn:a")
    assert world.runtime.loaded().challenge is None
    assert world.runtime.notices == (
        "churn:b does not go into service: churn:b is broken "
        "(or end its challenge: `python -m serving models withdraw`)",
    )


def test_looks_are_counted(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.follower.start("churn:a")
    assert rise(LOOKS.name, world.follower.step) == {"done": 1}

    def look_in_vain() -> None:
        with pytest.raises(OSError, match="away"):
            world.follower.step()

    def away() -> None:
        raise OSError("the disk is away")

    monkeypatch.setattr(pointers, "stamp", away)
    assert rise(LOOKS.name, look_in_vain) == {"failed": 1}


def test_a_pinned_model_stays_and_is_compared_with_what_is_applied(world: World) -> None:
    world.registry.tag = "churn:b"
    world.registry.challenged_by("churn:c", mode="shadow")
    follower = world.follow(follows=False)
    follower.start("churn:a")
    follower.step()
    assert (world.tag, world.loads, world.runtime.notices) == ("churn:a", ["churn:a"], ())
    world.applied.told = Comparison(differs="billing:tenure is gone")
    follower.step()
    with pytest.raises(NotReady):
        world.runtime.loaded()


def decisions_of(world: World) -> tuple[bool, str]:
    """Whether a customer at risk is contacted, and why."""
    found = world.runtime.loaded().scoring.one("7590").decision
    return found.contact, found.why


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a playbook and a suppression file of the test's own."""
    monkeypatch.setenv("STAYLINE_PLAYBOOK", str(tmp_path / "playbook.yaml"))
    monkeypatch.setenv("STAYLINE_SUPPRESSED", str(tmp_path / "suppressed.parquet"))
    return tmp_path


def gift(eligible: dict[str, Any]) -> Callable[[dict[str, Any]], None]:
    """A playbook of one gift for nearly everybody."""

    def change(content: dict[str, Any]) -> None:
        content |= {"offers": {"gift": offer(cost=0, eligible=eligible)}, "contact_cost": 0}
        content["exploration"] = {"share": 0, "offers": []}

    return change


def test_a_changed_playbook_is_taken_up(
    files: Path, monkeypatch: pytest.MonkeyPatch, make_served: Callable[[str], Served], model_store: Path
) -> None:
    written(files, gift({}))
    world = World(monkeypatch, make_served)
    world.follower.start("churn:a")
    assert decisions_of(world)[0]
    written(files, gift({"features": {"tenure": {"at_least": 100}}}))
    world.follower.step()
    assert decisions_of(world) == (False, "no offer of the playbook is meant for this customer")
    assert world.runtime.notices == ()


def test_a_playbook_that_does_not_fit_is_refused_and_the_suppressed_are_still_followed(
    files: Path, monkeypatch: pytest.MonkeyPatch, make_served: Callable[[str], Served], model_store: Path
) -> None:
    written(files, gift({}))
    world = World(monkeypatch, make_served)
    world.follower.start("churn:a")
    written(files, gift({"segments": ["giants"]}))
    assert rise(POLICY_FILES.name, world.follower.step)["refused"] == 1
    assert decisions_of(world)[0]
    [notice] = world.runtime.notices
    assert "model churn:a does not decide by the playbook as it is now" in notice
    assert "'giants' is no segment of the model" in notice
    rows = pa.table({"customerID": ["7590"], "reason": ["holdout"], "channel": [None], "until": [None]})
    write_suppressed(files / "suppressed.parquet", rows)
    world.follower.step()
    assert decisions_of(world) == (False, "the customer is in the hold-out of a campaign")
    written(files, gift({"segments": ["new", "loyal"]}))
    world.follower.step()
    assert world.runtime.notices == ()


def test_a_new_champion_decides_by_the_same_playbook(
    files: Path, monkeypatch: pytest.MonkeyPatch, make_served: Callable[[str], Served], model_store: Path
) -> None:
    written(files, gift({}))
    world = World(monkeypatch, make_served)
    world.follower.start("churn:a")
    world.registry.tag = "churn:b"
    world.registry.challenged_by("churn:a", mode="shadow")
    world.follower.step()
    challenge = world.runtime.loaded().challenge
    assert challenge is not None
    assert decisions_of(world)[0]
    assert challenge.served.scoring.policy is world.runtime.loaded().scoring.policy

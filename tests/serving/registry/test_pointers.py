from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import bentoml
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.errors import ModelError, NoChallenger, NoChampion
from serving.model.churn_model import ChurnModel
from serving.registry import decisions, pointers
from serving.registry.model_files import save_model
from serving.registry.pointers import Pointer, rollback_line
from serving.registry.store import store_path, versions
from serving.registry.store_writing import create

PROMOTE_IN_A_PROCESS = """
import sys
from pathlib import Path
from bentoml._internal.configuration.containers import BentoMLContainer
from bentoml._internal.models import ModelStore
from serving.registry.decisions import promote
BentoMLContainer.model_store.set(ModelStore(Path(sys.argv[1])))
print("ready", flush=True)
sys.stdin.readline()
promote(sys.argv[2], "ann", "race")
"""


@pytest.fixture
def tags(
    build_model: Callable[[str], ChurnModel], metadata: dict[str, Any], model_store: Path
) -> tuple[str, str, str]:
    model = build_model("logistic")
    return save_model(model, metadata), save_model(model, metadata), save_model(model, metadata)


@pytest.fixture
def champion(tags: tuple[str, str, str]) -> str:
    return decisions.promote(tags[0], "ann", "first").tag


def test_a_challenge_stands_until_it_is_withdrawn(champion: str, tags: tuple[str, str, str]) -> None:
    assert pointers.challenger() is None
    told = decisions.challenge(tags[1], "ann", "cheaper", "split", 0.1)
    assert pointers.challenger() == told
    assert (told.number, told.mode, told.share, told.champion_number) == (1, "split", 0.1, 1)
    decisions.challenge(tags[2], "bob", "newer", "shadow")
    standing = pointers.challenger()
    assert standing is not None
    assert (standing.tag, standing.share) == (tags[2], None)
    assert decisions.withdraw("bob", "too slow").tag == tags[2]
    assert pointers.challenger() is None
    assert [pointer.action for pointer in pointers.challenger_history()] == ["challenge"] * 2 + ["withdraw"]
    with pytest.raises(NoChallenger, match="nothing to withdraw"):
        decisions.withdraw("bob", "again")


def test_a_challenger_that_became_champion_is_none_even_after_a_roll_back(
    champion: str, tags: tuple[str, str, str]
) -> None:
    decisions.challenge(tags[1], "ann", "better", "shadow")
    decisions.promote(tags[2], "ann", "better still")
    assert pointers.challenger() is not None
    decisions.promote(tags[1], "ann", "it won")
    assert pointers.challenger() is None
    decisions.rollback("ann", "it lost after all")
    assert pointers.challenger() is None
    assert decisions.challenge(tags[1], "ann", "once more", "shadow") == pointers.challenger()


def test_a_challenge_needs_a_champion_and_another_model(tags: tuple[str, str, str]) -> None:
    with pytest.raises(NoChampion):
        decisions.challenge(tags[1], "ann", "early", "shadow")
    decisions.promote(tags[0], "ann", "first")
    with pytest.raises(NoChallenger, match="is the champion"):
        decisions.challenge(tags[0], "ann", "itself", "shadow")
    with pytest.raises(ModelError, match="no model churn:nothing"):
        decisions.challenge("churn:nothing", "ann", "typing error", "shadow")
    assert pointers.challenger_history() == []


@pytest.mark.parametrize(
    ("mode", "share", "told"),
    [
        *(
            ("split", share, "needs `--share`, .*: 0 < share <= 1")
            for share in (None, 0.0, 1.5, float("nan"))
        ),
        ("shadow", 0.1, "shadow takes no `--share`"),
    ],
)
def test_a_share_goes_with_a_split(
    mode: Literal["shadow", "split"],
    share: float | None,
    told: str,
    champion: str,
    tags: tuple[str, str, str],
) -> None:
    with pytest.raises(NoChallenger, match=told):
        decisions.challenge(tags[1], "ann", "wrong", mode, share)


def test_both_histories_are_one(champion: str, tags: tuple[str, str, str]) -> None:
    decisions.challenge(tags[1], "ann", "better", "shadow")
    decisions.promote(tags[1], "ann", "it won")
    made, unreadable = pointers.history()
    assert [pointer.action for pointer in made] == ["promote", "challenge", "promote"]
    assert unreadable == []


def test_each_pointer_is_read_once_for_the_history(
    champion: str, tags: tuple[str, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    decisions.challenge(tags[1], "ann", "better", "shadow")
    read: list[str] = []

    def stored(tag: str) -> Any:
        read.append(tag)
        return bentoml.models.get(tag)

    monkeypatch.setattr(pointers, "stored", stored)
    pointers.history()
    assert read == ["churn-champion:000001", "churn-challenger:000001"]


def test_the_stamp_changes_with_every_decision_and_no_reading(
    champion: str, tags: tuple[str, str, str], model_store: Path
) -> None:
    seen = [pointers.stamp()]
    decisions.challenge(tags[1], "ann", "better", "shadow")
    seen.append(pointers.stamp())
    decisions.promote(tags[1], "ann", "it won")
    seen.append(pointers.stamp())
    half = model_store / pointers.POINTER_NAME / "000003"
    half.mkdir()
    seen.append(pointers.stamp())
    (half / "model.yaml").write_text("name: churn-champion")
    seen.append(pointers.stamp())
    assert len(set(seen)) == len(seen)
    pointers.champion()
    pointers.challenger()
    assert pointers.stamp() == seen[-1]


def test_before_any_decision_nothing_is_stamped_and_numbers_begin_at_one(tags: tuple[str, str, str]) -> None:
    assert pointers.stamp() == ((), ())
    assert pointers.champion_pointer() is None
    with bentoml.models.create(f"{pointers.POINTER_NAME}:draft"):
        pass
    assert pointers.stamp() == ((), ())
    withdrawn = pointers.point_challenger(tags[0], "ann", "none stands", None, None)
    assert (withdrawn.number, withdrawn.champion_number, withdrawn.action) == (1, 0, "withdraw")
    assert decisions.promote(tags[0], "ann", "first").number == 1


def test_a_pointer_says_what_was_decided_by_whom_and_when(tags: tuple[str, str, str]) -> None:
    before = datetime.now(UTC)
    forced = pointers.point_champion("rollback", tags[0], "ann", "in haste", ["auc", "age"])
    assert before <= forced.when <= datetime.now(UTC)
    assert pointers.champion_history() == [forced]
    assert forced.model_dump(exclude={"when"}) == {
        "number": 1,
        "action": "rollback",
        "tag": tags[0],
        "who": "ann",
        "why": "in haste",
        "overruled": ("auc", "age"),
    }
    held = bentoml.models.get(f"{pointers.POINTER_NAME}:000001").info.metadata
    # JSON's own types, so that no reader needs to know Python's.
    assert (type(held["when"]), held["overruled"]) == (str, ["auc", "age"])
    challenge = pointers.point_challenger(tags[1], "bob", "cheaper", "split", 0.25)
    assert pointers.challenger_history() == [challenge]
    assert challenge.model_dump(exclude={"when"}) == {
        "number": 1,
        "action": "challenge",
        "tag": tags[1],
        "who": "bob",
        "why": "cheaper",
        "mode": "split",
        "share": 0.25,
        "champion_number": 1,
    }
    assert pointers.history().decisions == [forced, challenge]


def test_a_later_champion_alone_ends_a_challenge(tags: tuple[str, str, str]) -> None:
    pointers.point_champion("promote", tags[0], "ann", "first")
    standing = pointers.point_challenger(tags[0], "ann", "against its own copy", "shadow", None)
    assert pointers.challenger() == standing
    pointers.point_champion("promote", tags[0], "ann", "once more")
    assert pointers.challenger() is None


def test_what_calls_itself_another_number_is_left_out(champion: str, tags: tuple[str, str, str]) -> None:
    forged = Pointer(
        number=7, action="promote", tag=tags[1], who="eve", why="-", when=datetime(2026, 11, 1, tzinfo=UTC)
    )
    metadata = forged.model_dump(mode="json")
    with bentoml.models.create(f"{pointers.POINTER_NAME}:000002", metadata=metadata):
        pass
    assert pointers.champion() == champion
    assert decisions.promote(tags[1], "ann", "second").number == 3


def test_a_version_enters_the_store_whole_or_not_at_all(model_store: Path) -> None:
    def fail(folder: str) -> None:
        Path(folder, "part.json").write_text("{}")
        raise RuntimeError("the disk is full")

    with pytest.raises(RuntimeError), create("churn:one", {}) as model:  # noqa: PT012  # the block is the writing
        assert versions("churn") == []
        fail(model.path)
    assert versions("churn") == []
    with create("churn:one", {"a": 1}):
        pass
    assert bentoml.models.get("churn:latest").info.metadata == {"a": 1}
    with pytest.raises(ModelError, match="churn:one is in .* already"), create("churn:one", {}):
        pass
    assert sorted(os.listdir(store_path().parent)) == ["models"]


def _no_room(*_: object, **__: object) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("step", ["shutil.copytree", "tempfile.mkdtemp", "pathlib.Path.rename"])
def test_a_full_disk_is_one_sentence_and_changes_nothing(
    step: str, champion: str, tags: tuple[str, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = pointers.stamp()
    with monkeypatch.context() as full:
        full.setattr(step, _no_room)
        with pytest.raises(ModelError, match=r"cannot be written to .* \(No space left on device\)"):
            decisions.promote(tags[1], "ann", "no room")
    assert pointers.stamp() == before
    assert decisions.promote(tags[1], "ann", "room").number == 2
    assert sorted(os.listdir(store_path().parent)) == ["models"]


def test_what_was_decided_stands_without_bentomls_own_latest(
    champion: str,
    tags: tuple[str, str, str],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("pathlib.Path.replace", _no_room)
    assert decisions.promote(tags[1], "ann", "no room for more").tag == pointers.champion() == tags[1]
    assert "BentoML's own `latest` is out of date" in caplog.text


def test_two_processes_that_promote_at_once_lose_nothing(
    tags: tuple[str, str, str], model_store: Path
) -> None:
    started = [
        subprocess.Popen(
            [sys.executable, "-c", PROMOTE_IN_A_PROCESS, str(model_store), tag],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for tag in tags[:2]
    ]
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in started:
        process.communicate("go\n", timeout=300)
        assert process.returncode == 0
    assert {pointer.tag for pointer in pointers.champion_history()} == set(tags[:2])
    assert [pointer.number for pointer in pointers.champion_history()] == [1, 2]


def test_the_last_promotion_stays_in_the_line() -> None:
    when = datetime(2026, 11, 1, tzinfo=UTC)
    made = [
        Pointer(number=number, action=action, tag="a", who="ann", why="-", when=when)  # type: ignore[arg-type]
        for number, action in enumerate(("promote", "rollback", "rollback"), start=1)
    ]
    assert [rollback_line(made[:count]) for count in range(4)] == [[], ["a"], ["a"], ["a"]]


DECISIONS = st.lists(st.sampled_from(["a", "b", "c", "rollback"]), max_size=12)


@given(DECISIONS)
def test_a_roll_back_line_ends_in_the_champion(decisions: list[str]) -> None:
    made: list[Pointer] = []
    for number, decision in enumerate(decisions, start=1):
        line = rollback_line(made)
        if decision == "rollback" and len(line) < 2:
            continue
        tag = line[-2] if decision == "rollback" else decision
        if line and tag == line[-1] and decision != "rollback":
            continue  # the champion stays champion, without a pointer
        action: Literal["promote", "rollback"] = "rollback" if decision == "rollback" else "promote"
        when = datetime(2026, 11, 1, tzinfo=UTC)
        made.append(Pointer(number=number, action=action, tag=tag, who="ann", why="-", when=when))
        after = rollback_line(made)
        assert after[-1] == tag
        assert after == (line[:-1] if action == "rollback" else [*line, tag])
    assert bool(rollback_line(made)) == bool(made)

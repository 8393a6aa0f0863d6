"""Which model is champion, which one challenges it, and who decided so, when and why.

The BentoML store has no stages, so small models point at others: ``churn-champion:000001``, ``000002`` and
so on name the champion, ``churn-challenger:000001`` and so on the challenger. The highest readable number
counts. A decision adds a pointer; none is ever changed or removed, so the pointers are the history.

A pointer that says that it is sealed has a checksum beside it, as a model has. One of version 0.2 says
nothing, and is read as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import takewhile
from pathlib import Path
from typing import Literal, NamedTuple, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

from feature_repo.files import file_state
from serving.errors import ModelError
from serving.model.roles import Mode
from serving.registry.integrity import verify_seal
from serving.registry.store import store_path, stored, versions
from serving.registry.store_writing import create

POINTER_NAME = "churn-champion"
CHALLENGER_NAME = "churn-challenger"
_SEALED = "sealed"


class _Decision(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    number: int
    tag: str
    who: str
    why: str
    when: AwareDatetime


class Pointer(_Decision):
    """One promotion or roll-back: the tag that became champion, who made it so, why, and when (UTC).

    `overruled` names the checks that failed and were overruled by force.
    """

    action: Literal["promote", "rollback"]
    overruled: tuple[str, ...] = ()

    @property
    def forced(self) -> bool:
        """Whether a check was overruled."""
        return bool(self.overruled)


class ChallengerPointer(_Decision):
    """One challenge or its withdrawal.

    In mode ``shadow`` a challenger scores beside the champion and never answers. In mode ``split`` it answers
    for `share` of the customers, always the same ones. `champion_number` is the number of the champion
    pointer at that time; the challenge ends when a later champion pointer names the challenger.
    """

    action: Literal["challenge", "withdraw"]
    mode: Mode | None = None
    share: float | None = Field(default=None, gt=0, le=1)
    champion_number: int

    @model_validator(mode="after")
    def _goes_together(self) -> ChallengerPointer:
        if (self.mode is None) != (self.action == "withdraw"):
            raise ValueError("a challenge has a mode, a withdrawal has none")
        if (self.share is None) != (self.mode != "split"):
            raise ValueError("mode split, and no other, has a share of the customers")
        return self


P = TypeVar("P", Pointer, ChallengerPointer)


def champion() -> str | None:
    """The exact tag of the champion, or None before the first promotion."""
    pointer = champion_pointer()
    return pointer.tag if pointer else None


def champion_pointer() -> Pointer | None:
    """The pointer that names the champion, or None before the first promotion."""
    return next(_newest_first(POINTER_NAME, Pointer), None)


def challenger() -> ChallengerPointer | None:
    """The current challenge; None if there was none, it was withdrawn, or its model became champion."""
    pointer = next(_newest_first(CHALLENGER_NAME, ChallengerPointer), None)
    if pointer is None or pointer.action == "withdraw":
        return None
    for later in _newest_first(POINTER_NAME, Pointer):
        if later.number <= pointer.champion_number:
            break
        if later.tag == pointer.tag:
            return None
    return pointer


def stamp() -> tuple[object, ...]:
    """A value that changes whenever the pointers do, cheap enough to compute every second.

    It takes two directory listings and two `stat` calls, and reads no file.
    """
    return tuple(_stamp(name) for name in (POINTER_NAME, CHALLENGER_NAME))


def champion_history() -> list[Pointer]:
    """All readable champion pointers, oldest first."""
    return list(_newest_first(POINTER_NAME, Pointer))[::-1]


def challenger_history() -> list[ChallengerPointer]:
    """All readable challenger pointers, oldest first."""
    return list(_newest_first(CHALLENGER_NAME, ChallengerPointer))[::-1]


class History(NamedTuple):
    """All pointers of both kinds.

    Attributes
    ----------
    decisions : list of Pointer and ChallengerPointer
        Oldest first.
    unreadable : list of str
        Tags of half-written or damaged pointers, which are left out everywhere.
    """

    decisions: list[Pointer | ChallengerPointer]
    unreadable: list[str]


def history() -> History:
    """Both histories in one; each pointer is read once."""
    read = [each for line in _lines() for each in line]
    decisions = [pointer for _, pointer in read if pointer is not None]
    decisions.sort(key=lambda pointer: (pointer.when, pointer.number))
    return History(decisions, [tag for tag, pointer in read if pointer is None])


def passed_over() -> list[str]:
    """Tags of unreadable pointers newer than the one in force. Each may be a lost decision."""
    return [tag for line in _lines() for tag, _ in takewhile(lambda read: read[1] is None, line)]


def lost_decision() -> str | None:
    """Tag of the latest decision about the champion if it cannot be read; None if it can."""
    return next((tag for tag in passed_over() if tag.startswith(f"{POINTER_NAME}:")), None)


def rollback_line(pointers: Sequence[Pointer]) -> list[str]:
    """The stack of tags for roll-backs: a promotion pushes a tag, a roll-back pops one."""
    line: list[str] = []
    for pointer in pointers:
        if pointer.action == "promote":
            line.append(pointer.tag)
        elif len(line) > 1:
            line.pop()
    return line


def point_champion(
    action: Literal["promote", "rollback"], tag: str, who: str, why: str, overruled: Sequence[str] = ()
) -> Pointer:
    """Add a champion pointer. The caller must hold `serving.registry.store_writing.writing`."""
    number = _next_number(POINTER_NAME)
    pointer = Pointer(
        number=number,
        action=action,
        tag=tag,
        who=who,
        why=why,
        when=datetime.now(UTC),
        overruled=tuple(overruled),
    )
    return _write(POINTER_NAME, pointer)


def point_challenger(
    tag: str, who: str, why: str, mode: Mode | None, share: float | None
) -> ChallengerPointer:
    """Add a challenger pointer; without a mode it is a withdrawal. The caller must hold `writing`."""
    now = champion_pointer()
    pointer = ChallengerPointer(
        number=_next_number(CHALLENGER_NAME),
        action="challenge" if mode else "withdraw",
        tag=tag,
        who=who,
        why=why,
        when=datetime.now(UTC),
        mode=mode,
        share=share,
        champion_number=now.number if now else 0,
    )
    return _write(CHALLENGER_NAME, pointer)


def _numbers(name: str) -> list[int]:
    """The numbers in use, highest first, those of half-written pointers too."""
    return sorted((int(version) for version in versions(name) if version.isdecimal()), reverse=True)


def _next_number(name: str) -> int:
    return max(_numbers(name), default=0) + 1


def _lines() -> tuple[Iterator[tuple[str, Pointer | ChallengerPointer | None]], ...]:
    return _scan(POINTER_NAME, Pointer), _scan(CHALLENGER_NAME, ChallengerPointer)


def _newest_first(name: str, kind: type[P]) -> Iterator[P]:
    return (pointer for _, pointer in _scan(name, kind) if pointer is not None)


def _scan(name: str, kind: type[P]) -> Iterator[tuple[str, P | None]]:
    """All tags, newest first, each with its pointer, or None if it cannot be read."""
    for number in _numbers(name):
        tag = f"{name}:{number:06d}"
        pointer = _read(tag, kind)
        yield tag, pointer if pointer is not None and pointer.number == number else None


def _read(tag: str, kind: type[P]) -> P | None:
    try:
        model = stored(tag)
        said = dict(model.info.metadata)
        must_be_sealed = said.pop(_SEALED, False)
        whole = verify_seal(tag, Path(model.path)) or not must_be_sealed
        return kind.model_validate(said) if whole else None
    except (ModelError, ValidationError):
        return None


def _write(name: str, pointer: P) -> P:
    said = pointer.model_dump(mode="json", exclude_none=True) | {_SEALED: True}
    with create(f"{name}:{pointer.number:06d}", said, sealed=True):
        pass  # a pointer has no files of its own
    return pointer


def _stamp(name: str) -> tuple[object, ...]:
    """All numbers, and the state of the highest one's file, which may still be being written."""
    numbers = _numbers(name)
    if not numbers:
        return ()
    return (*numbers, file_state(store_path() / name / f"{numbers[0]:06d}" / "model.yaml"))

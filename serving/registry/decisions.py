"""The decisions of the registry: promote, roll back, challenge, withdraw."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from serving.errors import IntegrityError, NoChallenger, NoChampion
from serving.model.roles import Mode
from serving.registry.model_files import load_model
from serving.registry.pointers import (
    POINTER_NAME,
    ChallengerPointer,
    Pointer,
    challenger,
    champion,
    champion_history,
    champion_pointer,
    history,
    lost_decision,
    point_challenger,
    point_champion,
    rollback_line,
)
from serving.registry.store_writing import writing

Check = Callable[[str], Sequence[str]]
"""Raises ModelError if it refuses a model; returns the names of failed checks that were overruled."""


def loads(tag: str) -> tuple[str, ...]:
    """The least check: load and probe the model. Raises UnknownModel, IntegrityError or FormatError."""
    load_model(tag)
    return ()


def promote(tag: str, who: str, why: str, check: Check = loads) -> Pointer:
    """Make a model champion after checking it; `serving.registry.promotion` has the full checks.

    Promoting the champion again adds no pointer, unless a later one is damaged.

    Raises
    ------
    ModelError
        If the check refuses the model; the champion stays.
    """
    with writing():
        now = champion_pointer()
        overruled = check(tag)
        if now and now.tag == tag and not lost_decision():
            return now
        return point_champion("promote", tag, who, why, overruled)


def rollback(who: str, why: str, check: Check = loads) -> Pointer:
    """Make the champion's predecessor champion again.

    Two roll-backs in a row go back two models, not back and forth.

    Raises
    ------
    NoChampion
        If the champion has no predecessor.
    ModelError
        If the check refuses the predecessor, or an earlier decision cannot be read; the champion stays.
    """
    with writing():
        lost = [tag for tag in history().unreadable if tag.startswith(f"{POINTER_NAME}:")]
        if lost:
            raise IntegrityError(
                f"{lost[0]} cannot be read, so the champion before this one is not known for sure; "
                "`python -m serving models promote TAG` names it"
            )
        line = rollback_line(champion_history())
        if len(line) < 2:
            raise NoChampion(
                "no model was champion before this one; `python -m serving models promote` names another"
            )
        return point_champion("rollback", line[-2], who, why, check(line[-2]))


def challenge(
    tag: str, who: str, why: str, mode: Mode, share: float | None = None, check: Check = loads
) -> ChallengerPointer:
    """Let a model challenge the champion, in place of the current challenger.

    Parameters
    ----------
    mode : {"shadow", "split"}
        Score beside the champion, or answer for a share of the customers.
    share : float, optional
        0 < share <= 1; for mode split only.

    Raises
    ------
    NoChampion
        If there is no champion to challenge.
    NoChallenger
        If the model is the champion, or the share does not fit the mode.
    ModelError
        If the check refuses the model.
    """
    if mode == "split" and not 0 < (share or 0) <= 1:
        raise NoChallenger(
            "mode split needs `--share`, the part of the customers that it answers for: "
            "0 < share <= 1, such as `--share 0.1`"
        )
    if mode == "shadow" and share is not None:
        raise NoChallenger("mode shadow takes no `--share`: it answers for no customer")
    with writing():
        now = champion()
        if now is None:
            raise NoChampion(
                "there is no champion to challenge; `python -m serving models promote` names one"
            )
        if now == tag:
            raise NoChallenger(f"{tag} is the champion; name another model to challenge it")
        check(tag)
        return point_challenger(tag, who, why, mode, share)


def withdraw(who: str, why: str) -> ChallengerPointer:
    """End the current challenge. Raises NoChallenger if there is none."""
    with writing():
        standing = challenger()
        if standing is None:
            raise NoChallenger("no model challenges the champion, so there is nothing to withdraw")
        return point_challenger(standing.tag, who, why, None, None)

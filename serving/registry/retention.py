"""Which versions of the model may be removed: never champion, challenger, or a roll-back's target."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from serving.errors import IntegrityError, ModelError
from serving.registry.models import ModelEntry, list_models
from serving.registry.pointers import challenger, champion, champion_history, rollback_line
from serving.registry.store import newest_change, stored
from serving.registry.store_writing import forget_leftovers, remove, writing

PATIENCE_SECONDS = 3600.0
"""A half-written version that changed within this time may still be being written."""


@dataclass(frozen=True)
class Removal:
    """A version to remove, and why."""

    tag: str
    why: str


def prune(keep: int, dry_run: bool = False) -> list[Removal]:
    """Remove old versions, and half-written ones that are no longer being written.

    The newest `keep` usable versions stay, and so do the champion, the challenger and every tag that a
    roll-back can reach. Pointers always stay.

    Parameters
    ----------
    keep : int
        1 or more.
    dry_run : bool
        Return the versions without removing them.
    """
    if keep < 1:
        raise ModelError(f"keep at least 1 version, not {keep}")
    with writing():
        going = list(_going(list_models(), keep, pointed_to()))
        if not dry_run:
            for removal in going:
                remove(removal.tag)
            forget_leftovers(PATIENCE_SECONDS)
    return going


def pointed_to() -> set[str]:
    """Tags of the champion and the challenger, and those that a roll-back can reach."""
    standing = challenger()
    named = {champion(), standing.tag if standing else None, *rollback_line(champion_history())}
    return {tag for tag in named if tag}


def _going(entries: list[ModelEntry], keep: int, wanted: set[str]) -> Iterator[Removal]:
    """The removals among entries, newest first. Unusable ones do not count for `keep`, but go by age too."""
    usable = 0
    for entry in entries:
        if entry.tag in wanted:
            usable += entry.problem is None
        elif half_written(entry.tag):
            if time.time() - newest_change(entry.tag) > PATIENCE_SECONDS:
                yield Removal(entry.tag, "half-written")
        elif usable >= keep:
            yield Removal(entry.tag, f"older than the newest {keep}")
        else:
            usable += entry.problem is None


def half_written(tag: str) -> bool:
    """Whether `stored` cannot read the version."""
    try:
        stored(tag)
    except IntegrityError:
        return True
    return False

"""Which versions of the model may go: never one that a pointer or a roll-back could still want."""

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
"""A half-written version that was touched within this time may still be in the middle of being written."""


@dataclass(frozen=True)
class Removal:
    """A version that goes, and why."""

    tag: str
    why: str


def prune(keep: int, dry_run: bool = False) -> list[Removal]:
    """Remove old versions, and half-written ones that nobody writes any more.

    The newest `keep` versions that can be used stay, and so do the champion, the challenger and every tag
    that a roll-back can come to. Pointers always stay.

    Parameters
    ----------
    keep : int
        1 or more.
    dry_run : bool
        Only tell.
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
    """Tags that a pointer names or a roll-back can come to."""
    standing = challenger()
    named = {champion(), standing.tag if standing else None, *rollback_line(champion_history())}
    return {tag for tag in named if tag}


def _going(entries: list[ModelEntry], keep: int, wanted: set[str]) -> Iterator[Removal]:
    """Of entries, newest first. One that cannot be used does not count, and goes by its age all the same."""
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
    """Whether BentoML cannot read the version at all."""
    try:
        stored(tag)
    except IntegrityError:
        return True
    return False

"""Which base a load belongs to: a new one, or the next edition of the one that lies in the lake."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from data.errors import BaseConflictError, EditionError, InputError, LakeMissingError
from data.lake_files.damage import check_files
from data.lake_files.manifest import DEFAULT_NAMES, Facts, Kind, Manifest

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}")


def chosen_name(name: str | None, kind: Kind) -> str:
    """Return the name that a base gets which is not there yet.

    Raises
    ------
    InputError
        It is not 1 to 40 letters, digits, `-` and `_`, beginning with a letter.
    """
    if name is not None and not NAME.fullmatch(name):
        raise InputError(
            f"The base's name {name!r} must be 1 to 40 letters, digits, - and _, beginning with a letter."
        )
    return name or DEFAULT_NAMES[kind]


def former_edition(lake: Path, kind: Kind, name: str | None) -> Manifest | None:
    """Return the manifest of the base that lies in the lake, None if there is none.

    Parameters
    ----------
    lake : Path
        The lake's folder.
    kind : {"history", "snapshot"}
        Of the data to be loaded.
    name : str, optional
        Which base they belong to; by default the one that lies there.

    Raises
    ------
    BaseConflictError
        A base of another kind or name lies there.
    LakeDamagedError
        Its files are not whole.
    """
    try:
        there = check_files(lake, hashed=False)
    except LakeMissingError:
        return None
    facts = there.facts
    if facts.kind != kind:
        raise _conflict(lake, facts, f"which is {_named(facts.kind)}, and the data are {_named(kind)}")
    if name is not None and chosen_name(name, kind) != facts.name:
        raise _conflict(lake, facts, f"whose name is {facts.name}, and the data are of {name}")
    return there


def check_later(lake: Path, former: Manifest, as_of: datetime, tickets: bool) -> None:
    """Check that data as of a date may follow the latest edition.

    Raises
    ------
    EditionError
        The date is not later, or the data have tickets and the base has none, or the reverse.
    """
    facts = former.facts
    if as_of <= facts.data_until:
        raise EditionError(
            f"The lake {lake} holds {facts.base} up to {facts.data_until:%Y-%m-%d}; the next edition must be "
            f"later, and this one is as of {as_of:%Y-%m-%d}. To begin the base anew, add --replace."
        )
    if tickets != facts.tickets:
        has, lacks = ("the data have", "the base has") if tickets else ("the base has", "the data have")
        raise EditionError(
            f"{has.capitalize()} tickets and {lacks} none; an edition has the same tables and columns as the "
            "base. To begin the base anew, add --replace."
        )


def next_facts(former: Manifest, as_of: datetime, source: Mapping[str, Any]) -> Facts:
    """Return the facts of the next edition: the same base, later, from another source."""
    return replace(former.facts, data_until=as_of, source=source)


def _conflict(lake: Path, facts: Facts, why: str) -> BaseConflictError:
    return BaseConflictError(
        f"The lake {lake} holds the base {facts.base}, {why}; it stays. "
        "To replace it as a whole, add --replace, or set STAYLINE_LAKE to another place."
    )


def _named(kind: Kind) -> str:
    return {"snapshot": "a Telco CSV", "history": "a history", "simulated": "a simulation"}[kind]

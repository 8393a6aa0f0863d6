"""The model registry on the BentoML store: which model is champion, who said so, when and why.

The store has no stages, so the champion is named by pointers: small models ``churn-champion:000001``,
``000002`` and so on, whose metadata holds an exact tag. The highest readable number counts. Promoting and
rolling back add a pointer; none is ever changed or removed, so the pointers are the history.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Literal

import bentoml
from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from serving.errors import ModelError, NoChampion
from serving.model.metadata import ModelMetadata
from serving.model.model_format import MODEL_NAME, load_metadata, load_model
from serving.model.store import registered_at, stored, versions, writing

POINTER_NAME = "churn-champion"

logger = logging.getLogger(__name__)


class Pointer(BaseModel):
    """One promotion or roll-back: the tag that became champion, who made it so, why, and when (UTC)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    number: int
    action: Literal["promote", "rollback"]
    tag: str
    who: str
    why: str
    when: AwareDatetime


class ModelEntry(BaseModel):
    """One version of the model, as a list shows it. A version that cannot be used says why in `problem`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tag: str
    champion: bool
    created: AwareDatetime | None
    metadata: ModelMetadata | None
    problem: str | None


def champion() -> str | None:
    """The exact tag of the champion, or None before the first promotion."""
    pointers = history()
    return pointers[-1].tag if pointers else None


def history() -> list[Pointer]:
    """All pointers, oldest first. A half-written one was never told to anybody, so it is left out."""
    read = (_read_pointer(version) for version in versions(POINTER_NAME))
    return sorted((pointer for pointer in read if pointer), key=lambda pointer: pointer.number)


def promote(tag: str, who: str, why: str) -> Pointer:
    """Make a model champion, after loading and trying it.

    The champion stays champion, without a new pointer.

    Raises
    ------
    UnknownModel, IntegrityError, FormatError
        If the model is not there or cannot be used; the champion is as before.
    """
    load_model(tag)
    with writing():
        pointers = history()
        if pointers and pointers[-1].tag == tag:
            return pointers[-1]
        return _point("promote", tag, who, why)


def rollback(who: str, why: str) -> Pointer:
    """Make the model champion that was so before the champion's promotion.

    Twice in a row goes back two models, not back and forth.

    Raises
    ------
    NoChampion
        If nothing lies before the champion.
    UnknownModel, IntegrityError, FormatError
        If the model before cannot be used; the champion is as before.
    """
    with writing():
        line = _line(history())
        if len(line) < 2:
            raise NoChampion(
                "no model was champion before this one; `python -m serving models promote` names another"
            )
        load_model(line[-2])
        return _point("rollback", line[-2], who, why)


def list_models() -> list[ModelEntry]:
    """All versions of the model, newest first, the half-written ones last."""
    current = champion()
    entries = [_entry(f"{MODEL_NAME}:{version}", current) for version in versions(MODEL_NAME)]
    oldest = datetime.min.replace(tzinfo=UTC)
    return sorted(entries, key=lambda entry: (entry.created or oldest, entry.tag), reverse=True)


def show_model(tag: str) -> ModelEntry:
    """One version, after comparing every file with its checksum and trying the model.

    Raises
    ------
    UnknownModel
        If the store has no such version.
    """
    stored_at = registered_at(stored(tag))  # raises UnknownModel
    entry = _entry(tag, champion())
    try:
        load_model(tag)
    except ModelError as error:
        return entry.model_copy(update={"problem": str(error), "created": stored_at})
    return entry


def _line(pointers: Sequence[Pointer]) -> list[str]:
    """The tags that a roll-back can walk down: promotions put one on, roll-backs take one off."""
    line: list[str] = []
    for pointer in pointers:
        if pointer.action == "promote":
            line.append(pointer.tag)
        elif len(line) > 1:
            line.pop()
    return line


def _point(action: Literal["promote", "rollback"], tag: str, who: str, why: str) -> Pointer:
    # The number counts half-written pointers too: their folder is taken.
    number = max((int(version) for version in versions(POINTER_NAME) if version.isdigit()), default=0) + 1
    pointer = Pointer(number=number, action=action, tag=tag, who=who, why=why, when=datetime.now(UTC))
    with bentoml.models.create(f"{POINTER_NAME}:{number:06d}", metadata=pointer.model_dump(mode="json")):
        pass  # a pointer has no files
    return pointer


def _read_pointer(version: str) -> Pointer | None:
    try:
        return Pointer.model_validate(dict(stored(f"{POINTER_NAME}:{version}").info.metadata))
    except (ModelError, ValidationError) as error:
        logger.info("pointer %s:%s is left out: %s", POINTER_NAME, version, error)
        return None


def _entry(tag: str, current: str | None) -> ModelEntry:
    known: dict[str, Any] = {"created": None, "metadata": None, "problem": None}
    try:
        known["created"] = registered_at(stored(tag))
        known["metadata"] = load_metadata(tag)
    except ModelError as error:
        known["problem"] = str(error)
    return ModelEntry(tag=tag, champion=tag == current, **known)

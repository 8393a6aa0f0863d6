"""Which model a service is pinned to, if any, and which one it starts with."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import yaml

from serving.errors import IntegrityError, ModelError, NoChampion
from serving.registry.model_files import MODEL_NAME
from serving.registry.pointers import champion, lost_decision
from serving.registry.store import stored

MODEL_ENV = "STAYLINE_MODEL"
FIRST_ENV = "STAYLINE_FIRST_MODEL"
_BENTO_FILE = Path(__file__).resolve().parents[3] / "bento.yaml"  # from src/serving/registry/pinned.py


def pinned_tag() -> str | None:
    """The exact tag that a service is pinned to, or None if it follows the registry.

    A built Bento is pinned to the model that it was built with, a checkout to the tag in STAYLINE_MODEL, if
    that is set.

    Raises
    ------
    UnknownModel, IntegrityError
        If the store does not have that model, or only half of it.
    """
    tag = shipped_tag(_BENTO_FILE) or os.environ.get(MODEL_ENV)
    if tag:
        stored(tag)
    return tag or None


def champion_tag() -> str:
    """The exact tag of the champion. Raises NoChampion, or IntegrityError if none can be read."""
    tag = champion()
    if tag is None:
        _refuse_lost("none")
        raise NoChampion(
            "no model has been made champion yet: run `make run`, or register a model and name it with "
            "`python -m serving models promote TAG --why REASON`"
        )
    return tag


def decided_tag() -> str:
    """Like `first_tag`, for who answers once and has no readiness to say that a decision cannot be read.

    Raises
    ------
    IntegrityError
        As `first_tag`, or the latest decision about the champion cannot be read.
    """
    tag = first_tag()
    if tag == champion():
        _refuse_lost(tag)
    return tag


def _refuse_lost(tag: str) -> None:
    lost = lost_decision()
    if lost:
        raise IntegrityError(
            f"{lost} is damaged, and may name another champion than {tag}; "
            "decide again with `python -m serving models promote TAG --why REASON`"
        )


def first_tag() -> str:
    """The exact tag that a service starts with: the pinned, the server's, or the champion's, in this order.

    A server passes its tag to its workers in STAYLINE_FIRST_MODEL. A worker that starts later thus has a
    model that is known to work, even if the champion is broken by then.

    Raises
    ------
    NoChampion
        If there is neither a pinned model nor a champion.
    UnknownModel, IntegrityError
        If the store does not have the model, or only half of it.
    """
    tag = pinned_tag() or _handed_tag() or champion_tag()
    stored(tag)
    return tag


def _handed_tag() -> str | None:
    """The tag that the server passed, or None if the model has been removed since."""
    tag = os.environ.get(FIRST_ENV)
    if not tag:
        return None
    try:
        stored(tag)
    except ModelError:
        return None
    return tag


def shipped_tag(bento_file: Path) -> str | None:
    """The model's tag in a Bento's ``bento.yaml``, or None outside a built Bento."""
    if bento_file.parent / "src" != Path(__file__).resolve().parents[2] or not bento_file.is_file():
        return None
    bento: Any = yaml.safe_load(bento_file.read_text(encoding="utf-8"))
    services = [bento, *bento.get("services", [])]
    tags = {str(model["tag"]) for service in services for model in service.get("models", [])}
    return next((tag for tag in sorted(tags) if tag.startswith(f"{MODEL_NAME}:")), None)

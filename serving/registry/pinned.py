"""Which model a service keeps to, if it does not follow the registry, and which one it starts with."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import yaml

from serving.errors import ModelError, NoChampion
from serving.registry.model_files import MODEL_NAME
from serving.registry.pointers import champion
from serving.registry.store import stored

MODEL_ENV = "STAYLINE_MODEL"
FIRST_ENV = "STAYLINE_FIRST_MODEL"
_BENTO_FILE = Path(__file__).resolve().parents[3] / "bento.yaml"  # <bento>/src/serving/model/pinned.py


def pinned_tag() -> str | None:
    """The exact tag that a service keeps to, or None: it follows the registry.

    Inside a built Bento it is the model that the Bento was built with, in a checkout the tag in
    STAYLINE_MODEL, if that is set.

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
    """The exact tag of the champion. Raises NoChampion if no model has been made it."""
    tag = champion()
    if tag is None:
        raise NoChampion(
            "no model has been made champion yet: run `make run`, or register a model and name it with "
            "`python -m serving models promote TAG --why REASON`"
        )
    return tag


def first_tag() -> str:
    """The exact tag of the model that a service starts with: the pinned one, or else the champion.

    A server that follows the registry hands its tag to its workers in STAYLINE_FIRST_MODEL, so that one that
    starts later has a model that is known to work, whatever has become of the champion.

    Raises
    ------
    NoChampion
        If nothing is pinned and no model has been made champion.
    UnknownModel, IntegrityError
        If the store does not have the model, or only half of it.
    """
    tag = pinned_tag() or _handed_tag() or champion_tag()
    stored(tag)
    return tag


def _handed_tag() -> str | None:
    """The tag that the server handed over, unless the model has been removed since."""
    tag = os.environ.get(FIRST_ENV)
    if not tag:
        return None
    try:
        stored(tag)
    except ModelError:
        return None
    return tag


def shipped_tag(bento_file: Path) -> str | None:
    """The model's tag in a Bento's own description, or None where there is no built Bento."""
    if bento_file.parent / "src" != Path(__file__).resolve().parents[2] or not bento_file.is_file():
        return None
    bento: Any = yaml.safe_load(bento_file.read_text(encoding="utf-8"))
    services = [bento, *bento.get("services", [])]
    tags = {str(model["tag"]) for service in services for model in service.get("models", [])}
    return next((tag for tag in sorted(tags) if tag.startswith(f"{MODEL_NAME}:")), None)

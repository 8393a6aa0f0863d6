"""Which model a service serves: an exact tag, the same in every process of one server."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import yaml

from serving.errors import NoChampion
from serving.model.model_format import MODEL_NAME
from serving.model.pointers import champion
from serving.model.store import stored

MODEL_ENV = "STAYLINE_MODEL"
_BENTO_FILE = Path(__file__).resolve().parents[3] / "bento.yaml"  # <bento>/src/serving/model/pinned.py


def pinned_tag() -> str:
    """The exact tag of the model to serve.

    Inside a built Bento it is the model that the Bento was built with. In a checkout it is the tag in
    STAYLINE_MODEL, if that is set, or else the champion. A server hands its tag to its workers in
    STAYLINE_MODEL, so that one that starts later does not serve another model than the rest.

    Raises
    ------
    NoChampion
        If there is neither.
    UnknownModel, IntegrityError
        If the store does not have that model, or only half of it.
    """
    tag = shipped_tag(_BENTO_FILE) or os.environ.get(MODEL_ENV) or champion()
    if tag is None:
        raise NoChampion(
            "no model has been made champion yet: run `make run`, or register a model and name it with "
            "`python -m serving models promote TAG --why REASON`"
        )
    stored(tag)
    return tag


def shipped_tag(bento_file: Path) -> str | None:
    """The model's tag in a Bento's own description, or None where there is no built Bento."""
    if bento_file.parent / "src" != Path(__file__).resolve().parents[2] or not bento_file.is_file():
        return None
    bento: Any = yaml.safe_load(bento_file.read_text(encoding="utf-8"))
    services = [bento, *bento.get("services", [])]
    tags = {str(model["tag"]) for service in services for model in service.get("models", [])}
    return next((tag for tag in sorted(tags) if tag.startswith(f"{MODEL_NAME}:")), None)

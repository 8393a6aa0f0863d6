"""Reading the BentoML model store, half-written versions included.

BentoML copies a model's files into the store one by one, so a process that dies leaves a half-written
version. `bentoml.models.list` raises on the first such version. Here each version is read by itself.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import bentoml
import cattrs
import yaml
from bentoml._internal.configuration.containers import BentoMLContainer
from bentoml.exceptions import BentoMLException

from serving.errors import IntegrityError, ModelError, UnknownModel

UNREADABLE = (
    BentoMLException,
    cattrs.BaseValidationError,
    yaml.YAMLError,
    OSError,
    AttributeError,
    KeyError,
    TypeError,
    ValueError,
)
"""What BentoML raises on a ``model.yaml`` that is missing, cut off or garbled."""


def store_path() -> Path:
    """The folder of the models: in BENTOML_HOME, or inside a built Bento while that is being served."""
    return Path(BentoMLContainer.model_store.get()._path)


def versions(name: str) -> list[str]:
    """All versions of a model, whole or half-written, sorted by name."""
    try:
        with os.scandir(store_path() / name) as entries:
            return sorted(entry.name for entry in entries if entry.is_dir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise ModelError(f"{store_path() / name} cannot be read ({error.strerror})") from error


def stored(tag: str) -> Any:
    """The `bentoml.Model` of an exact tag.

    Raises
    ------
    UnknownModel
        If the tag has no version, or the store has no such version. (BentoML itself would also accept
        ``latest`` and the first letters of a version.)
    IntegrityError
        If the version is half-written, or its folder holds another version.
    """
    name, _, version = tag.partition(":")
    if version not in versions(name):
        raise UnknownModel(
            f"no model {tag} in {store_path()}; `python -m serving models list` shows the exact tags"
        )
    folder = store_path() / name / version
    try:
        with _bentoml_silent():
            model = bentoml.models.get(tag)
    except UNREADABLE as error:
        raise IntegrityError(
            f"{tag} is half-written, its model.yaml cannot be read; delete the folder {folder}"
        ) from error
    if str(model.tag) != tag:
        raise IntegrityError(
            f"{tag}: its model.yaml says that it is {model.tag}, so it is a copy by hand, or damaged; "
            f"delete the folder {folder}"
        )
    return model


@contextmanager
def _bentoml_silent() -> Iterator[None]:
    """Keep BentoML from logging the error in a ``model.yaml`` that it also raises."""
    theirs = logging.getLogger("bentoml._internal.models.model")

    def drop(record: logging.LogRecord) -> bool:
        return False

    theirs.addFilter(drop)
    try:
        yield
    finally:
        theirs.removeFilter(drop)


def registered_at(model: Any) -> datetime:
    """When a `bentoml.Model` was put into the store, UTC."""
    created: datetime = model.creation_time
    return created if created.tzinfo else created.replace(tzinfo=UTC)


def newest_change(tag: str) -> float:
    """Time of the last change to a version's folder or files, in seconds since 1970 UTC."""
    name, _, version = tag.partition(":")
    folder = store_path() / name / version
    return max(path.lstat().st_mtime for path in (folder, *folder.rglob("*")))

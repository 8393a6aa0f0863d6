"""The BentoML model store, as far as its own listing does not reach.

BentoML copies a model's files into the store one by one, so a process that dies leaves a half-written
version, and `bentoml.models.list` raises on the first one it meets. Here each is looked at by itself.
"""

from __future__ import annotations

import fcntl
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

from serving.errors import IntegrityError, UnknownModel

_UNREADABLE = (
    BentoMLException,
    cattrs.BaseValidationError,
    yaml.YAMLError,
    OSError,
    KeyError,
    TypeError,
    ValueError,
)
"""What BentoML raises on a ``model.yaml`` that is missing, cut off or garbled."""


def store_path() -> Path:
    """Where models lie: in BENTOML_HOME, or inside a built Bento while that is being served."""
    return Path(BentoMLContainer.model_store.get()._path)


def versions(name: str) -> list[str]:
    """All versions of a model, whole or half-written, sorted by name."""
    folder = store_path() / name
    return sorted(entry.name for entry in folder.iterdir() if entry.is_dir()) if folder.is_dir() else []


def stored(tag: str) -> Any:
    """The `bentoml.Model` of an exact tag.

    Raises
    ------
    UnknownModel
        If the tag has no version, or the store has no such version. (BentoML itself would take ``latest``
        and the first letters of a version for it.)
    IntegrityError
        If the version is half-written.
    """
    name, _, version = tag.partition(":")
    if version not in versions(name):
        raise UnknownModel(
            f"no model {tag} in {store_path()}; `python -m serving models list` shows the exact tags"
        )
    try:
        return bentoml.models.get(tag)
    except _UNREADABLE as error:
        raise IntegrityError(
            f"{tag} is half-written, its model.yaml cannot be read; "
            f"delete the folder {store_path() / name / version}"
        ) from error


def registered_at(model: Any) -> datetime:
    """When a `bentoml.Model` was put into the store, UTC."""
    created: datetime = model.creation_time
    return created if created.tzinfo else created.replace(tzinfo=UTC)


@contextmanager
def writing() -> Iterator[None]:
    """Hold the store against a second writer, so that two promotions cannot take the same number."""
    store_path().mkdir(parents=True, exist_ok=True)
    handle = os.open(store_path(), os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)  # which lets go of the lock

"""Writing to the BentoML model store.

A version enters and leaves the store in one step: readers see all of it or nothing.
"""

from __future__ import annotations

import fcntl
import logging
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import bentoml
from bentoml._internal.models import ModelStore

from feature_repo.files import replace_file
from serving.errors import ModelError
from serving.registry.integrity import seal
from serving.registry.store import registered_at, store_path, stored, versions

STAGING = "stayline-staging-"
"""Prefix of the folders in which versions are made."""

logger = logging.getLogger("bentoml.stayline")


@contextmanager
def writing() -> Iterator[None]:
    """Hold the store's lock, so that two promotions cannot use the same number.

    Raises
    ------
    ModelError
        If the store does not exist and cannot be created.
    """
    with _disk("the registry"):
        store_path().mkdir(parents=True, exist_ok=True)
        handle = os.open(store_path(), os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)  # releases the lock


@contextmanager
def create(tag: str, metadata: Mapping[str, Any], *, sealed: bool = False) -> Iterator[Any]:
    """Make a `bentoml.Model` to put files into. It enters the store in one step when the block ends.

    Parameters
    ----------
    tag : str
        With a version, or without one to let BentoML choose it.
    metadata : mapping
        Plain JSON types.
    sealed : bool
        Whether BentoML's own file gets a checksum: see `serving.registry.integrity`.

    Raises
    ------
    ModelError
        If the store has that version already, or cannot be written to.
    """
    with staging() as folder, _disk(tag):
        with bentoml.models.create(tag, metadata=dict(metadata), _model_store=ModelStore(folder)) as model:
            yield model
        if sealed:
            seal(folder / model.tag.name / model.tag.version)
        put(str(model.tag), folder / model.tag.name / model.tag.version)


@contextmanager
def staging() -> Iterator[Path]:
    """An empty folder on the store's file system, beside it, because BentoML lists all folders inside.

    Raises
    ------
    ModelError
        If it cannot be created.
    """
    beside = store_path().parent
    with _disk("a version"):
        beside.mkdir(parents=True, exist_ok=True)
        folder = tempfile.TemporaryDirectory(prefix=STAGING, dir=beside)
    with folder as name:
        yield Path(name)


@contextmanager
def _disk(what: str) -> Iterator[None]:
    """Turn an OSError into a ModelError."""
    try:
        yield
    except OSError as error:
        # shutil's own error is a list of what went wrong with each file.
        reason = error.strerror or (error.args[0][0][2] if isinstance(error, shutil.Error) else error)
        raise ModelError(
            f"{what} cannot be written to {store_path()} ({reason}); see that there is room and permission"
        ) from error


def put(tag: str, folder: Path) -> None:
    """Move a whole version out of `staging` into the store.

    Raises
    ------
    ModelError
        If the store has that version already, or cannot be written to.
    """
    name, _, version = tag.partition(":")
    target = store_path() / name / version
    if target.exists():
        raise ModelError(f"{tag} is in {store_path()} already, and a version is never written over")
    with _disk(tag):
        target.parent.mkdir(parents=True, exist_ok=True)
        folder.rename(target)
    _tell_latest(name, version)


def remove(tag: str) -> None:
    """Remove a version from the store in one step, whole or half-written.

    Raises
    ------
    ModelError
        If it is not there or the store cannot be written to.
    """
    name, _, version = tag.partition(":")
    folder = store_path() / name / version
    try:
        with staging() as grave:
            folder.rename(grave / version)
    except OSError as error:
        raise ModelError(f"{tag} cannot be removed from {store_path()} ({error.strerror})") from error
    with _latest_of(name) as latest:
        if latest.is_file() and latest.read_text(encoding="utf-8").strip() == version:
            latest.unlink()
            for left in versions(name):
                _tell_latest(name, left)


def forget_leftovers(older_than_seconds: float) -> None:
    """Remove the `staging` folders of processes that died."""
    for folder in store_path().parent.glob(f"{STAGING}*"):
        if time.time() - folder.stat().st_mtime > older_than_seconds:
            shutil.rmtree(folder, ignore_errors=True)


def _tell_latest(name: str, version: str) -> None:
    """Update the file from which BentoML resolves ``latest``, the version that was created last."""
    try:
        mine = registered_at(stored(f"{name}:{version}"))
    except ModelError:  # a half-written one cannot be the latest
        return
    with _latest_of(name) as latest:
        try:
            before = registered_at(stored(f"{name}:{latest.read_text(encoding='utf-8').strip()}"))
        except (OSError, ValueError, ModelError):
            before = None
        if before is None or before <= mine:
            replace_file(latest, version.encode("utf-8"))


@contextmanager
def _latest_of(name: str) -> Iterator[Path]:
    """The file of ``latest``. Stayline does not use it, so a failure to write it is only logged."""
    latest = store_path() / name / "latest"
    try:
        yield latest
    except OSError as error:
        logger.warning("%s cannot be kept (%s), so BentoML's own `latest` is out of date", latest, error)

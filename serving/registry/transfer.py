"""A model in one file, for another machine's store.

The file is BentoML's own export format, a tar compressed with xz. `bentoml models import` reads it too, but
verifies no checksum.
"""

from __future__ import annotations

import errno
import hashlib
import lzma
import os
import tarfile
import tempfile
from pathlib import Path

import bentoml

from feature_repo.files import private_file
from serving.errors import ModelError, TransferError
from serving.registry.integrity import verify_files
from serving.registry.model_files import MODEL_NAME, open_registered
from serving.registry.store import UNREADABLE, stored, versions
from serving.registry.store_writing import put, staging, writing

SUFFIX = ".bentomodel"
MAX_BYTES = 4 * 1024**3
"""Most that a file may unpack to, so that a forged one does not fill the disk."""
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def export_model(tag: str, target: Path) -> Path:
    """Write a model into one file, which appears whole or not at all.

    Raises
    ------
    UnknownModel, IntegrityError, FormatError
        If the model is not there, or its files are not the registered ones.
    TransferError
        If the file is there already, has another suffix, or cannot be written.
    """
    if target.suffix != SUFFIX:
        raise TransferError(f"{target} must end in {SUFFIX}, by which BentoML knows the format")
    if target.exists():
        raise TransferError(f"{target} is there already; name another file")
    model = stored(tag)
    open_registered(model).load()
    try:
        with tempfile.TemporaryDirectory(prefix=".stayline-export-", dir=target.absolute().parent) as name:
            packed = Path(name) / target.name
            private_file(packed)
            with tarfile.open(packed, "w:xz") as archive:
                for path in sorted(Path(model.path).iterdir()):
                    archive.add(path, arcname=f"./{path.name}")
            os.link(packed, target)  # unlike a rename, it never replaces a file
    except OSError as error:
        raise TransferError(f"{target} cannot be written ({error.strerror}); name another place") from error
    return target


def file_sha256(path: Path) -> str:
    """The sha256 of an export, by which two people can tell that they have the same file."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise TransferError(f"{path} cannot be read ({error.strerror})") from error


def import_model(source: Path) -> tuple[str, bool]:
    """Put the model in a file into the store, after every check that serving it would make.

    Returns
    -------
    tag : str
        Exact tag, the same as where it was exported.
    new : bool
        False if the store had this very model already; it stays as it is.

    Raises
    ------
    TransferError
        If the file is not such an export, or the store has another model, or half a model, of that tag.
    IntegrityError, FormatError
        If its files are not the registered ones, or cannot be used.
    """
    with staging() as folder:
        inside = folder / "model"
        inside.mkdir()
        _unpack(source, inside)
        model = _read(source, inside)
        open_registered(model).load()
        tag = str(model.tag)
        with writing():
            new = not _is_there(tag, model)
            if new:
                put(tag, inside)
    return tag, new


def _unpack(source: Path, folder: Path) -> None:
    """Unpack the archive. A model has no subfolders, so paths, links and devices are refused."""
    size = 0
    try:
        with tarfile.open(source, "r:xz") as archive:
            for member in archive:
                name = member.name.removeprefix("./")
                if member.isdir() and name in (".", ""):
                    continue
                if not member.isfile() or name != Path(name).name or name in ("", ".."):
                    raise TransferError(f"{source} holds {member.name!r}, which no model has; do not use it")
                size += member.size
                if size > MAX_BYTES:
                    raise TransferError(f"{source} unpacks to more than {MAX_BYTES:,} bytes; do not use it")
                archive.extract(member, folder, filter="data")
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise TransferError(f"{source} cannot be unpacked to {folder} ({error.strerror})") from error
        raise TransferError(f"{source} cannot be read ({error}); export the model again") from error
    except (EOFError, tarfile.TarError, lzma.LZMAError) as error:
        raise TransferError(f"{source} cannot be read ({error}); export the model again") from error


def _read(source: Path, folder: Path) -> bentoml.Model:
    try:
        model = bentoml.Model.from_path(folder)
    except UNREADABLE as error:
        raise TransferError(f"{source} is no export of a model: its model.yaml cannot be read") from error
    if model.tag.name != MODEL_NAME or model.tag.version in (None, "latest"):
        raise TransferError(f"{source} holds {model.tag}, and this store takes versions of {MODEL_NAME} only")
    return model


def _is_there(tag: str, model: bentoml.Model) -> bool:
    """Whether the store has this very model. Raises TransferError if it has another one of that tag."""
    name, _, version = tag.partition(":")
    if version not in versions(name):
        return False
    try:
        verify_files(tag, Path(stored(tag).path), model.info.metadata)
    except ModelError as error:
        raise TransferError(
            f"the store has another {tag}, or half of it ({error}); it stays as it is, remove it first"
        ) from error
    return True

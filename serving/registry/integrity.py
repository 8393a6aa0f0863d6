"""Checksums: a model is loaded only if its files are the ones that were registered.

BentoML's ``model.yaml`` holds the checksums of all other files. Its own checksum is in a file beside it.
Somebody who rewrites both on purpose is not detected: a checksum is not a signature.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from serving.errors import FormatError, IntegrityError
from serving.model.documents import FORMAT_VERSION

BENTOML_FILE = "model.yaml"
SEAL_FILE = "model.yaml.sha256"
"""In the format of `sha256sum`, so that ``sha256sum --check`` reads it too."""


class _Seals(BaseModel):
    model_config = ConfigDict(extra="ignore")

    files: dict[str, Annotated[str, Field(pattern="^[0-9a-f]{64}$")]]


def checksums(folder: Path) -> dict[str, str]:
    """The sha256 of every file in a folder except ``model.yaml`` and its checksum, by path in the folder."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    named = {str(path.relative_to(folder)): path for path in files}
    return {name: _sha256(path) for name, path in named.items() if name not in (BENTOML_FILE, SEAL_FILE)}


def seal(folder: Path) -> None:
    """Write the checksum of a model's ``model.yaml``, which must not change afterwards."""
    (folder / SEAL_FILE).write_text(_seal_of(folder), encoding="ascii")


def verify_seal(tag: str, folder: Path) -> bool:
    """Compare ``model.yaml`` with its checksum; returns whether it has one.

    Raises
    ------
    IntegrityError
        It is not the file that was registered, or one of the two cannot be read.
    """
    with _disk(tag, folder):
        sealed = (folder / SEAL_FILE).is_file()
        if sealed and (folder / SEAL_FILE).read_bytes() != _seal_of(folder).encode():
            raise IntegrityError(
                f"{tag}: {BENTOML_FILE} is not the file that was registered, going by {SEAL_FILE}; "
                "register the model again or promote another"
            )
    return sealed


def verify_files(tag: str, folder: Path, bentoml_metadata: Mapping[str, Any]) -> dict[str, str]:
    """Compare every file of a registered model with its checksum; returns the checksums.

    Raises
    ------
    FormatError
        If the metadata is of another format version, or holds no checksums.
    IntegrityError
        Naming the first file that is missing, was added, is not the registered one, or cannot be read.
    """
    sealed = verify_seal(tag, folder)
    with _disk(tag, folder):
        expected, found = _expected(tag, bentoml_metadata), checksums(folder)
    if not sealed:
        raise IntegrityError(f"{tag}: {SEAL_FILE} is missing; register the model again or promote another")
    for name in sorted({*expected, *found}):
        if found.get(name) == expected.get(name):
            continue
        wrong = "is missing" if name not in found else "is not the file that was registered"
        if name not in expected:
            wrong = "was added after the model was registered"
        raise IntegrityError(f"{tag}: {name} {wrong}; register the model again or promote another")
    return found


@contextmanager
def _disk(tag: str, folder: Path) -> Iterator[None]:
    """Turn an OSError into an IntegrityError."""
    try:
        yield
    except OSError as error:
        raise IntegrityError(
            f"{tag}: {error.filename or folder} cannot be read ({error.strerror}); see permissions and disk"
        ) from error


def _seal_of(folder: Path) -> str:
    return f"{_sha256(folder / BENTOML_FILE)}  {BENTOML_FILE}\n"


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _expected(tag: str, bentoml_metadata: Mapping[str, Any]) -> dict[str, str]:
    version = bentoml_metadata.get("format_version")
    if version != FORMAT_VERSION:
        raise FormatError(
            f"{tag} has format_version {version!r} and this version reads {FORMAT_VERSION}; "
            "train again with this version (`make run`)"
        )
    try:
        return _Seals.model_validate(dict(bentoml_metadata)).files
    except ValidationError as error:
        raise FormatError(f"{tag}: {BENTOML_FILE} holds no checksums; register the model again") from error

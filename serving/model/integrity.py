"""Checksums: a registered model is the files that were registered, or it is not loaded."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from serving.errors import FormatError, IntegrityError
from serving.model.documents import FORMAT_VERSION

BENTOML_FILE = "model.yaml"
"""BentoML's own file. It holds the checksums, and so cannot have one itself."""


class _Seals(BaseModel):
    model_config = ConfigDict(extra="ignore")

    files: dict[str, Annotated[str, Field(pattern="^[0-9a-f]{64}$")]]


def checksums(folder: Path) -> dict[str, str]:
    """The sha256 of every file in a folder but BentoML's own, by path inside the folder."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    named = {str(path.relative_to(folder)): path for path in files}
    return {n: hashlib.sha256(p.read_bytes()).hexdigest() for n, p in named.items() if n != BENTOML_FILE}


def verify_files(tag: str, folder: Path, bentoml_metadata: Mapping[str, Any]) -> dict[str, str]:
    """Compare every file of a registered model with its checksum; returns the checksums.

    Raises
    ------
    FormatError
        If the metadata is of another format version, or holds no checksums.
    IntegrityError
        Naming the first file that is missing, was added, is not the registered one, or cannot be read.
    """
    expected, found = _expected(tag, bentoml_metadata), _found(tag, folder)
    for name in sorted({*expected, *found}):
        if found.get(name) == expected.get(name):
            continue
        wrong = "is missing" if name not in found else "is not the file that was registered"
        if name not in expected:
            wrong = "was added after the model was registered"
        raise IntegrityError(f"{tag}: {name} {wrong}; register the model again or promote another")
    return found


def _found(tag: str, folder: Path) -> dict[str, str]:
    try:
        return checksums(folder)
    except OSError as error:
        raise IntegrityError(
            f"{tag}: {error.filename or folder} cannot be read ({error.strerror}); see permissions and disk"
        ) from error


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

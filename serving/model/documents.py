"""JSON documents with a format version, for all parts of a registered model that are plain data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from serving.errors import FormatError

CUSTOMERS_FILE = "customers.json"
FORMAT_VERSION = 4
"""2: metadata with a model card and thresholds. 3: provenance, and the card's calibration curve.
4: model.yaml has a checksum too.
"""

T = TypeVar("T")


def write_document(path: Path, content: Mapping[str, Any]) -> None:
    """Write a JSON object with its format version.

    Keys are sorted, so that the same content gives the same bytes; NaN and infinity are refused,
    because JSON has neither and readers disagree about them.

    Raises
    ------
    FormatError
        If the content holds NaN, infinity, or something that is not plain JSON.
    """
    document = {"format_version": FORMAT_VERSION, **content}
    try:
        text = json.dumps(document, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise FormatError(f"{path.name} cannot be written as JSON ({error}); leave that value out") from error
    path.write_text(text + "\n", encoding="utf-8")


def read_document(path: Path) -> dict[str, Any]:
    """Read a JSON object written by `write_document`, without its format version.

    Raises
    ------
    FormatError
        If the file is missing, is not a JSON object, or has another format version.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise FormatError(
            f"{path.name} cannot be read as JSON ({error}); register the model again"
        ) from error
    if not isinstance(document, dict):
        raise FormatError(
            f"{path.name} holds a {type(document).__name__}, not an object; register the model again"
        )
    version = document.pop("format_version", None)
    if version != FORMAT_VERSION:
        raise FormatError(
            f"{path.name} has format_version {version!r} and this version reads {FORMAT_VERSION}; "
            "train again with this version (`make run`)"
        )
    return document


def parse(kind: type[T], content: Mapping[str, Any], what: str) -> T:
    """Build a dataclass or pydantic model from a document's content, checking every type on the way.

    Raises
    ------
    FormatError
        Naming the first field that does not fit.
    """
    try:
        return TypeAdapter(kind).validate_python(dict(content))
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "(the whole)"
        raise FormatError(f"{what}: {field}: {first['msg']}; register the model again") from error

"""Every text of the report, as it stands in templates and code."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from babel.messages.extract import extract_from_file

from training.report import language

ROOM = Path(language.__file__).parent
KEYWORDS = {"say": None, "_": None, "gettext": None}
# As the page's own environment reads templates.
OPTIONS = {
    "trimmed": "true",
    "newstyle_gettext": "true",
    "silent": "false",
    "trim_blocks": "true",
    "lstrip_blocks": "true",
}


def texts() -> set[str]:
    """All texts that need a translation."""
    return set(_found())


def _found() -> Iterator[str]:
    for path in sorted(ROOM.rglob("*.py")):
        for _, message, *_ in extract_from_file("python", path, keywords=KEYWORDS):
            yield from _single(message)
    for path in sorted(ROOM.rglob("*.html")):
        for _, message, *_ in extract_from_file(
            "jinja2.ext:babel_extract", path, keywords=KEYWORDS, options=OPTIONS
        ):
            yield from _single(message)


def _single(message: str | tuple[str, ...]) -> Iterator[str]:
    yield from [message] if isinstance(message, str) else [part for part in message if part]

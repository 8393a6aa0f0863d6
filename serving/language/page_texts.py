"""The texts of the page for people: its own, a JSON file a language, and the catalogue's names."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from serving.errors import LanguageError
from serving.language.catalogue import LANGUAGES, LanguageCode, names, placeholders

FOLDER = Path(__file__).parents[1] / "ui" / "texts"


def page_texts(code: LanguageCode) -> dict[str, str]:
    """All texts of the page in one language, by key.

    Raises
    ------
    LanguageError
        If the file cannot be read, or a text is missing or has other placeholders than the first language's.
        Each text that is wrong has a line of its own, which names it and the language.
    """
    own = _read(code)
    problems = list(_problems(own, _read(LANGUAGES[0]), code))
    if problems:
        raise LanguageError("\n".join(f"ui/texts/{code}.json: {problem}" for problem in problems))
    return own | names(code)


def _read(code: LanguageCode) -> dict[str, str]:
    """The page's own texts: none without a file, so that all of them are named as missing."""
    path = FOLDER / f"{code}.json"
    if not path.exists():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise LanguageError(f"ui/texts/{path.name}: cannot be read ({error})") from error
    if not isinstance(content, dict):
        raise LanguageError(f"ui/texts/{path.name}: expected an object of keys and texts")
    return content


def _problems(own: dict[str, str], first: dict[str, str], code: LanguageCode) -> Iterator[str]:
    for key, text in first.items():
        if not own.get(key, "").strip():
            yield f"{key} has no text in {code}; write it"
        elif placeholders(own[key]) != placeholders(text):
            yield f"{key} has other placeholders in {code} than in {LANGUAGES[0]}"
    for key in own.keys() - first.keys():
        yield f"{key} has a text in {code} and none in {LANGUAGES[0]}"

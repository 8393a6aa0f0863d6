"""The texts of serving, from the YAML files beside this module.

A file holds the texts of one concern, each in all languages side by side:

.. code-block:: yaml

    card.people:
      en: Customers of {base}.
      es: Clientes de {base}.

A placeholder may say how its value is written, as in ``{rate:share}``: see `serving.language.language`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any, Literal, get_args

import yaml

from serving.errors import LanguageError

LanguageCode = Literal["en", "es"]
"""The languages of Stayline; no other line lists them."""
LANGUAGES: tuple[LanguageCode, ...] = get_args(LanguageCode)
FOLDER = Path(__file__).parent
NAMES = "names.yaml"
"""The file of what people call features, their values, views, metrics, samplers, classifiers and bands."""

Texts = Mapping[str, Mapping[LanguageCode, str]]
"""Key to the text in every language."""


@cache
def catalogue() -> Texts:
    """All texts of serving, read once in a process."""
    texts: dict[str, Mapping[LanguageCode, str]] = {}
    for path in sorted(FOLDER.glob("*.yaml")):
        of_file = _texts_of(path.name)
        repeated = sorted(set(texts) & set(of_file))
        if repeated:
            raise LanguageError(f"{path.name}: {repeated[0]} stands in another file too; keep one of them")
        texts |= of_file
    return texts


def names(code: LanguageCode) -> dict[str, str]:
    """The names for people in one language, by key such as ``feature.tenure`` or ``value.One year``."""
    return {key: texts[code] for key, texts in _texts_of(NAMES).items()}


@cache
def _texts_of(file: str) -> Texts:
    return read_texts(FOLDER / file)


def read_texts(path: Path) -> dict[str, Mapping[LanguageCode, str]]:
    """Read one file of texts.

    Raises
    ------
    LanguageError
        If the file cannot be read, or a text lacks a language or has other placeholders there. Each text
        that is wrong has a line of its own, which names it and the language.
    """
    try:
        content: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise LanguageError(f"{path.name}: cannot be read ({' '.join(str(error).split())})") from error
    if not isinstance(content, dict):
        raise LanguageError(f"{path.name}: expected a mapping of keys to texts")
    problems = [problem for key, texts in content.items() for problem in _problems(texts, str(key))]
    if problems:
        raise LanguageError("\n".join(f"{path.name}: {problem}" for problem in problems))
    return {str(key): texts for key, texts in content.items()}


def placeholders(text: str) -> dict[str, str]:
    """The placeholders of a text, each with how its value is written."""
    return {name: form or "" for _, name, form, _ in Formatter().parse(text) if name is not None}


def _problems(texts: Any, key: str) -> Iterator[str]:
    """What is wrong with the texts of one key."""
    if not isinstance(texts, dict):
        yield f"{key} needs a text in each of {', '.join(LANGUAGES)}"
        return
    written = {code: text for code, text in texts.items() if isinstance(text, str) and text.strip()}
    for code in LANGUAGES:
        if code not in written:
            yield f"{key} has no text in {code}; write it"
    known = [code for code in LANGUAGES if code in written]
    for code in known[1:]:
        if placeholders(written[code]) != placeholders(written[known[0]]):
            yield f"{key} has other placeholders in {code} than in {known[0]}"
    for code in texts:
        if code not in LANGUAGES:
            yield f"{key} has a text in {code}, which is none of the languages ({', '.join(LANGUAGES)})"

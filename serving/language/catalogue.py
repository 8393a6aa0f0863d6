"""The texts of serving, from the YAML files beside this module.

A file holds the texts of one concern, each in all languages side by side:

.. code-block:: yaml

    card.people:
      en: Customers of {base}.
      es: Clientes de {base}.

A placeholder may say how its value is written, as in ``{rate:share}``: see `serving.language.language`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any, Literal, get_args

import yaml

from serving.errors import LanguageError

LanguageCode = Literal["en", "es"]
LANGUAGES: tuple[LanguageCode, ...] = get_args(LanguageCode)
FOLDER = Path(__file__).parent

Texts = Mapping[str, Mapping[LanguageCode, str]]
"""Key to the text in every language."""


NAMES = FOLDER / "names.yaml"
"""What people call features, their values, views, metrics and arms."""


@cache
def catalogue() -> Texts:
    """All texts of serving, read once in a process."""
    texts: dict[str, Mapping[LanguageCode, str]] = {}
    for path in sorted(FOLDER.glob("*.yaml")):
        found = read_texts(path)
        twice = sorted(set(texts) & set(found))
        if twice:
            raise LanguageError(f"{path.name}: {twice[0]} stands in another file too; keep one of them")
        texts |= found
    return texts


def names(code: LanguageCode) -> dict[str, str]:
    """The names for people in one language, by key such as ``feature.tenure`` or ``value.One year``."""
    return {key: told[code] for key, told in read_texts(NAMES).items()}


def read_texts(path: Path) -> dict[str, Mapping[LanguageCode, str]]:
    """Read one file of texts.

    Raises
    ------
    LanguageError
        If the file cannot be read, or a text lacks a language or has other placeholders there.
    """
    try:
        content: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise LanguageError(f"{path.name}: cannot be read ({' '.join(str(error).split())})") from error
    if not isinstance(content, dict):
        raise LanguageError(f"{path.name}: expected a mapping of keys to texts")
    return {str(key): _whole(path.name, str(key), told) for key, told in content.items()}


def placeholders(text: str) -> dict[str, str]:
    """The placeholders of a text, each with how its value is written."""
    return {name: form or "" for _, name, form, _ in Formatter().parse(text) if name is not None}


def _whole(file: str, key: str, told: Any) -> Mapping[LanguageCode, str]:
    if not isinstance(told, dict) or set(told) != set(LANGUAGES):
        raise LanguageError(f"{file}: {key} needs a text in each of {', '.join(LANGUAGES)} and nothing else")
    if not all(isinstance(text, str) and text.strip() for text in told.values()):
        raise LanguageError(f"{file}: {key} has an empty text; write it")
    first, *others = (placeholders(text) for text in told.values())
    if any(other != first for other in others):
        raise LanguageError(f"{file}: {key} has other placeholders in one language than in another")
    return told

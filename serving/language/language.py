"""One language: its texts, and numbers, shares and dates as its readers write them.

How a placeholder's value is written:

=============== ======================================= ================= =================
``{x}``         text, or texts with commas between
``{x:count}``   a whole number                          1,234             1.234
``{x:share}``   a share as a percentage                 26.5%             26,5 %
``{x:figure}``  three decimals                          0.849             0,849
``{x:change}``  three decimals with a sign              +0.012            +0,012
``{x:amount}``  two decimals, no currency sign          1,234.50          1.234,50
``{x:words}``   a count, in English words up to ten     two, 1,234        2, 1.234
``{x:date}``    the day of an ISO 8601 moment           Oct 1, 2025       1 oct 2025
``{x:feature}`` one or more, as people call them        monthly charges   cuota mensual
=============== ======================================= ================= =================

Every other kind of name is like ``feature``: ``value``, ``view``, ``metric``, ``sampler``, ``classifier`` and
``band``.

Instead of None, a dash is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from string import Formatter
from typing import Any, Literal, get_args

from serving.errors import LanguageError
from serving.language.catalogue import NAMES, LanguageCode, catalogue, placeholders

NOTHING = "–"
"""What stands for a figure that is not defined."""

NameKind = Literal["feature", "value", "view", "metric", "sampler", "classifier", "band"]
_OF_TABLES = frozenset({"feature", "value", "view"})
"""Kinds of names that a base may add to; one that the catalogue does not know keeps its technical name."""


@dataclass(frozen=True)
class Language:
    """Texts, names and number formats of one language.

    Attributes
    ----------
    code : LanguageCode
    """

    code: LanguageCode

    def say(self, key: str, **values: Any) -> str:
        """A text of the catalogue with its values filled in.

        Raises
        ------
        LanguageError
            When there is no such text, or the values are not those that it asks for.
        """
        text = self._text(key)
        if text is None:
            raise LanguageError(f"there is no text {key!r}; write it in serving/language")
        wanted = set(placeholders(text))
        if wanted != set(values):
            raise LanguageError(
                f"text {key} takes {', '.join(sorted(wanted)) or 'no value'} "
                f"and was given {', '.join(sorted(values)) or 'none'}"
            )
        try:
            return _TextFormatter(self).vformat(text, (), values)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise LanguageError(f"text {key} cannot write one of its values: {error}") from error

    def number(self, value: float, digits: int = 0) -> str:
        """A number with a fixed count of decimals, and thousands in groups."""
        return f"{value:,.{digits}f}".translate(_separators(self.code))

    def share(self, value: float) -> str:
        """A share as a percentage with one decimal."""
        return self.say("number.percent", number=self.number(100 * value, 1))

    def words(self, value: int) -> str:
        """A count as it stands inside a sentence."""
        words = catalogue()["number.words"][self.code].split()
        return words[value] if 0 <= value < len(words) else self.number(value)

    def date(self, moment: str) -> str:
        """The day of an ISO 8601 moment."""
        day = datetime.fromisoformat(moment)
        month = catalogue()["date.months"][self.code].split()[day.month - 1]
        return self.say("date.day", day=str(day.day), month=month, year=str(day.year))

    def name(self, kind: NameKind, technical: str) -> str:
        """What people call something, as it stands inside a sentence.

        Parameters
        ----------
        kind : str
        technical : str
            What tables, settings and code call it. A feature, value or view without a name keeps it.

        Raises
        ------
        LanguageError
            When Stayline itself brings what is to be named, and the catalogue lacks a name for it.
        """
        name = self._text(f"{kind}.{technical}")
        if name is None and kind not in _OF_TABLES:
            raise LanguageError(
                f"there is no name for the {kind} {technical!r}; write {kind}.{technical} in {NAMES}"
            )
        return technical if name is None else name

    def label(self, kind: NameKind, technical: str) -> str:
        """The name as a label, with a capital; a technical name stays as the tables have it."""
        name = self.name(kind, technical)
        return name if self._text(f"{kind}.{technical}") is None else capital(name)

    def short(self, kind: NameKind, technical: str) -> str:
        """The name for a narrow column of a terminal: an abbreviation where there is one."""
        return self._text(f"short.{kind}.{technical}") or self.name(kind, technical)

    def arm(self, sampler: str, classifier: str) -> str:
        """What people call an arm."""
        return self.say(
            "arm", sampler=self.name("sampler", sampler), classifier=self.name("classifier", classifier)
        )

    def feature_value(self, feature: str, value: str | float | None) -> str:
        """A feature's value for people, inside a sentence; None is a value that is not known."""
        if value is None:
            return self.say("unknown")
        of_feature = self._text(f"value.{feature}={value}")
        if of_feature is not None:
            return of_feature
        if isinstance(value, str):
            return self.name("value", value)
        return self.number(value, 0 if value == int(value) else 2)

    def _text(self, key: str) -> str | None:
        texts = catalogue().get(key)
        return None if texts is None else texts[self.code]


def capital(text: str) -> str:
    """A text with a capital at its beginning."""
    return text[:1].upper() + text[1:]


@cache
def _separators(code: LanguageCode) -> dict[int, str]:
    """Python's signs at thousands and decimals, each with the language's own, read off its example."""
    example = catalogue()["number.example"][code]
    return str.maketrans({",": example[1], ".": example[5]})


class _TextFormatter(Formatter):
    """Fills placeholders in as the language writes their values."""

    def __init__(self, language: Language) -> None:
        self._forms: Mapping[str, Callable[[Any], str]] = {
            "": _joined,
            "count": language.number,
            "share": language.share,
            "figure": lambda value: language.number(value, 3),
            "change": lambda value: ("+" if value >= 0 else "") + language.number(value, 3),
            "amount": lambda value: language.number(value, 2),
            "words": language.words,
            "date": language.date,
            **{kind: _writer_of_names(language, kind) for kind in get_args(NameKind)},
        }

    def format_field(self, value: Any, format_spec: str) -> str:
        """Write one value."""
        return NOTHING if value is None else self._forms[format_spec](value)


def _writer_of_names(language: Language, kind: NameKind) -> Callable[[Any], str]:
    return lambda value: _joined([language.name(kind, technical) for technical in _listed(value)])


def _joined(value: Any) -> str:
    return ", ".join(_listed(value))


def _listed(value: Any) -> Iterable[str]:
    return [value] if isinstance(value, str) else value

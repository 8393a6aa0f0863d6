"""One language: its texts, and numbers, shares and dates as its readers write them.

How a placeholder's value is written:

========== ======================================== ================= =================
``{x}``          text, or texts with commas between
``{x:count}``    a whole number                     1,234             1.234
``{x:share}``    a share as a percentage            26.5%             26,5 %
``{x:figure}``   three decimals                     0.849             0,849
``{x:amount}``   two decimals, no currency sign           1,234.50          1.234,50
``{x:words}``    a count, in English words up to ten      two, 1,234        2, 1.234
``{x:date}``     the day of an ISO 8601 moment      Oct 1, 2025       1 oct 2025
``{x:feature}``  one or more, as people call them   monthly charges   cuota mensual
========== ======================================== ================= =================

``view``, ``metric`` and ``arm`` are like ``feature``. What `names.yaml` does not name stays as it is.

Instead of None, a dash is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from string import Formatter
from typing import Any

from serving.errors import LanguageError
from serving.language.catalogue import LanguageCode, catalogue, placeholders

NOTHING = "–"
"""What stands for a figure that is not defined."""
_NO_BREAK = "\u00a0"
_NAMED = ("feature", "view", "metric", "arm")
_SPANISH = str.maketrans(",.", ".,")


@dataclass(frozen=True)
class Language:
    """Texts and number formats of one language.

    Attributes
    ----------
    code : {"en", "es"}
    """

    code: LanguageCode

    def say(self, key: str, **values: Any) -> str:
        """A text of the catalogue with its values filled in.

        Raises
        ------
        LanguageError
            When there is no such text, or the values are not those that it asks for.
        """
        told = catalogue().get(key)
        if told is None:
            raise LanguageError(f"there is no text {key!r}; write it in serving/language")
        text = told[self.code]
        wanted = set(placeholders(text))
        if wanted != set(values):
            raise LanguageError(
                f"text {key} takes {', '.join(sorted(wanted)) or 'no value'} "
                f"and was given {', '.join(sorted(values)) or 'none'}"
            )
        try:
            return _Filled(self).vformat(text, (), values)
        except (TypeError, ValueError, AttributeError) as error:
            raise LanguageError(f"text {key} cannot write one of its values: {error}") from error

    def number(self, value: float, digits: int = 0) -> str:
        """A number with a fixed count of decimals, and thousands in groups."""
        written = f"{value:,.{digits}f}"
        return written.translate(_SPANISH) if self.code == "es" else written

    def share(self, value: float) -> str:
        """A share as a percentage with one decimal."""
        return self.number(100 * value, 1) + (f"{_NO_BREAK}%" if self.code == "es" else "%")

    def words(self, value: int) -> str:
        """A count as it stands inside a sentence."""
        words = catalogue()["number.words"][self.code].split()
        return words[value] if 0 <= value < len(words) else self.number(value)

    def name(self, kind: str, raw: str) -> str:
        """What people call a feature, view, metric or arm; one without a name keeps its own."""
        told = catalogue().get(f"{kind}.{raw}")
        return raw if told is None else told[self.code]

    def date(self, moment: str) -> str:
        """The day of an ISO 8601 moment."""
        day = datetime.fromisoformat(moment)
        month = catalogue()["date.months"][self.code].split()[day.month - 1]
        return self.say("date.day", day=str(day.day), month=month, year=str(day.year))


class _Filled(Formatter):
    """Fills placeholders in as the language writes their values."""

    def __init__(self, language: Language) -> None:
        self._forms: Mapping[str, Callable[[Any], str]] = {
            "": _plain,
            "count": language.number,
            "share": language.share,
            "figure": lambda value: language.number(value, 3),
            "amount": lambda value: language.number(value, 2),
            "words": language.words,
            "date": language.date,
            **{kind: _named(language, kind) for kind in _NAMED},
        }

    def format_field(self, value: Any, format_spec: str) -> str:
        """Write one value."""
        return NOTHING if value is None else self._forms[format_spec](value)


def _named(language: Language, kind: str) -> Callable[[Any], str]:
    return lambda value: _plain([language.name(kind, raw) for raw in _several(value)])


def _plain(value: Any) -> str:
    return ", ".join(_several(value))


def _several(value: Any) -> Iterable[str]:
    return [value] if isinstance(value, str) else value

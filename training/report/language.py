"""The languages of the report: texts from a catalogue, numbers and dates as its readers write them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from babel import Locale
from babel.dates import format_date
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent

LanguageCode = Literal["en", "es"]
LANGUAGES: tuple[LanguageCode, ...] = ("en", "es")
LOCALE = Path(__file__).with_name("locale")
NO_BREAK = "\N{NO-BREAK SPACE}"
NOTHING = "–"
"""What stands for a figure that is not defined."""


@dataclass(frozen=True)
class Language:
    """Texts and number formats of one language.

    Attributes
    ----------
    code : str
        ``en`` or ``es``.
    texts : mapping of str to str
        English text to the language's own; English has none, it is the source.
    """

    code: LanguageCode
    texts: dict[str, str]

    def say(self, text: str, **values: Any) -> str:
        """A text in this language, with ``%(name)s`` filled in.

        Raises
        ------
        KeyError
            When the text has no translation.
        """
        told = text if self.code == "en" else self.texts[text]
        return told % values if values else told

    def number(self, value: float | None, digits: int = 3) -> str:
        """A number with a fixed count of decimals: 0.849, 0,849."""
        if value is None:
            return NOTHING
        form = "#,##0" + ("." + "0" * digits if digits else "")
        return str(format_decimal(value, form, locale=self._locale))

    def percent(self, share: float | None, digits: int = 1) -> str:
        """A share as a percentage: 26.5%, 26,5 %."""
        if share is None:
            return NOTHING
        # The language's own pattern, which knows whether a space stands before the sign, with our decimals.
        pattern = self._locale.percent_formats[None].pattern
        form = pattern.replace("#,##0", "#,##0." + "0" * digits if digits else "#,##0")
        return str(format_percent(share, form, locale=self._locale))

    def value(self, value: str | float | None) -> str:
        """A customer's own value: text as it is, whole numbers without decimals, others with two."""
        if value is None or isinstance(value, str):
            return value or NOTHING
        return self.number(value, 0 if float(value).is_integer() else 2)

    def interval(self, figure: dict[str, Any], digits: int = 3, percent: bool = False) -> str:
        """An estimate with its 95 % interval in brackets."""
        write = self.percent if percent else self.number
        digits = 1 if percent else digits
        estimate = write(figure["estimate"], digits)
        if figure["low"] is None:
            return estimate
        # The bracket is not broken over two lines; before it a narrow table may break.
        return f"{estimate} [{write(figure['low'], digits)};{NO_BREAK}{write(figure['high'], digits)}]"

    def date(self, moment: str) -> str:
        """The day of an ISO 8601 moment: Oct 1, 2025; 1 oct 2025."""
        return str(format_date(datetime.fromisoformat(moment).date(), "medium", locale=self._locale))

    @property
    def _locale(self) -> Locale:
        return Locale.parse(self.code)


def load_language(code: LanguageCode) -> Language:
    """Read a language's catalogues."""
    texts: dict[str, str] = {}
    for path in sorted((LOCALE / code).glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=code):
                if message.id and message.string and "fuzzy" not in message.flags:
                    texts[str(message.id)] = str(message.string)
    return Language(code, texts)

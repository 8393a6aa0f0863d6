"""One language of the report: its prose from Babel's catalogue, and names as all of Stayline has them.

The prose lies in ``locale/<code>/report.po``; names of features, values, metrics, samplers and classifiers
come from `serving.language`. Numbers and dates are written as Babel knows the language's readers write them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from babel import Locale
from babel.dates import format_date
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent

from serving.errors import LanguageError
from serving.language.catalogue import LanguageCode
from serving.language.language import Language as Names
from serving.language.language import NameKind, capital

LOCALE = Path(__file__).with_name("locale")
SOURCE: LanguageCode = "en"
"""The language that the prose is written in; the others translate it."""
NO_BREAK = "\N{NO-BREAK SPACE}"
NOTHING = "–"
"""What stands for a figure that is not defined."""
MISSING = "missing"
"""What an evaluation calls a value that is not known, where it groups rows by their values."""


@dataclass(frozen=True)
class Language:
    """Prose, names and number formats of one language.

    Attributes
    ----------
    code : LanguageCode
    texts : mapping of str to str
        English text to the language's own; English has none, it is the source.
    """

    code: LanguageCode
    texts: dict[str, str]

    def say(self, text: str, **values: Any) -> str:
        """A text in this language, with ``%(name)s`` filled in.

        Raises
        ------
        LanguageError
            When the text has no translation.
        """
        translated = text if self.code == SOURCE else self.texts.get(text)
        if translated is None:
            raise LanguageError(
                f"the report has no translation of {text!r} into {self.code}; "
                f"write it into training/report/locale/{self.code}/report.po"
            )
        return translated % values if values else translated

    @property
    def names(self) -> Names:
        """The same language in `serving`, which has the names and says reasons."""
        return Names(self.code)

    def name(self, kind: NameKind, technical: str) -> str:
        """What people call something, inside a sentence: :meth:`serving.language.language.Language.name`."""
        return self.names.name(kind, technical)

    def label(self, kind: NameKind, technical: str) -> str:
        """The name with a capital, for a heading, a cell or an axis."""
        return self.names.label(kind, technical)

    def feature_value(self, value: str | float | None, feature: str) -> str:
        """A feature's value for people."""
        return self.names.feature_value(feature, None if value == MISSING else value)

    def category(self, feature: str, value: str) -> str:
        """A value with its feature: Contract: month-to-month."""
        return f"{self.label('feature', feature)}: {self.feature_value(value, feature)}"

    def told(self, texts: dict[str, str]) -> str:
        """A text that an evaluation has by language; in English if it was made before this language was."""
        return texts.get(self.code, texts[SOURCE])

    def arm(self, arm: dict[str, str]) -> str:
        """What people call an arm, inside a sentence."""
        return self.names.arm(arm["sampler"], arm["classifier"])

    def arm_label(self, arm: dict[str, str]) -> str:
        """What people call an arm, as a label."""
        return capital(self.arm(arm))

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

    def amount(self, value: float | None) -> str:
        """A number without decimals when it is whole, else with two."""
        return self.number(value, 0 if value is None or float(value).is_integer() else 2)

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

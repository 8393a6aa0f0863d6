from __future__ import annotations

from datetime import date

import pytest
from babel.dates import format_date
from babel.numbers import format_decimal, format_percent

from serving.errors import LanguageError
from serving.language.catalogue import LANGUAGES, LanguageCode
from serving.language.language import Language


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("value", [0.0, 0.5, -12.25, 999.0, 1234.5, 1234567.0])
def test_numbers_are_written_as_the_report_writes_them(code: LanguageCode, value: float) -> None:
    language = Language(code)
    assert language.number(value, 2) == format_decimal(value, "#,##0.00", locale=code)
    assert language.number(value) == format_decimal(round(value), "#,##0", locale=code)
    percent = {"en": "#,##0.0%", "es": "#,##0.0\u00a0%"}[code]
    assert language.share(value) == format_percent(value, percent, locale=code)


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("month", range(1, 13))
def test_days_are_written_as_the_report_writes_them(code: LanguageCode, month: int) -> None:
    written = Language(code).date(f"2025-{month:02d}-07T00:00:00+00:00")
    assert written == format_date(date(2025, month, 7), "medium", locale=code)


def test_values_are_filled_in_as_the_text_says() -> None:
    values = {"rows": 12345, "customers": 1000, "churn_rate": 0.265}
    assert Language("en").say("card.data.rows", **values) == "12,345 rows of 1,000 customers; 26.5% churned."
    spanish = Language("es").say("card.data.rows", **values)
    assert spanish == "12.345 filas de 1.000 clientes; el 26,5\u00a0% abandonó."
    assert Language("en").say("card.limits.dropped", features=["a", "{b}"]).endswith(": a, {b}.")
    named = Language("es").say("card.limits.time_to_live", views=["billing", "tickets"], days=62)
    assert named.startswith("Validez de facturación, incidencias: 62 días.")
    missing = Language("en").say("card.decision.outcome", precision=None, recall=0.0, contact_share=0.0)
    assert missing == "precision –, recall 0.0%, 0.0% contacted."


@pytest.mark.parametrize(
    ("key", "values", "message"),
    [
        ("card.nothing", {}, "there is no text 'card.nothing'"),
        ("card.limits.time_to_live", {"views": "billing"}, "takes days, views and was given views"),
        ("card.limits.simulated", {"base": "x"}, "takes no value and was given base"),
        ("card.limits.time_to_live", {"views": "billing", "days": "many"}, "cannot write one of its values"),
        ("card.limits.time_to_live", {"views": 7, "days": 7}, "cannot write one of its values"),
        ("card.limits.one_date", {"date": "yesterday"}, "cannot write one of its values"),
    ],
)
def test_what_cannot_be_said_is_refused(key: str, values: dict[str, object], message: str) -> None:
    with pytest.raises(LanguageError, match=message):
        Language("en").say(key, **values)

from __future__ import annotations

from datetime import date

import pytest
from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal, format_percent

from serving.errors import LanguageError
from serving.language.catalogue import LANGUAGES, LanguageCode
from serving.language.language import Language, NameKind


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("value", [0.0, 0.5, -12.25, 999.0, 1234.5, 1234567.0])
def test_numbers_are_written_as_the_report_writes_them(code: LanguageCode, value: float) -> None:
    language = Language(code)
    assert language.number(value, 2) == format_decimal(value, "#,##0.00", locale=code)
    assert language.number(value) == format_decimal(round(value), "#,##0", locale=code)
    percent = Locale.parse(code).percent_formats[None].pattern.replace("#,##0", "#,##0.0")
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


def test_names_are_those_of_people_and_labels_begin_with_a_capital() -> None:
    spanish = Language("es")
    assert spanish.name("feature", "MonthlyChargesVsAvg") == "cuota frente a su media"
    assert spanish.label("feature", "MonthlyChargesVsAvg") == "Cuota frente a su media"
    assert spanish.label("classifier", "extra_trees") == "Árboles extra"
    assert spanish.label("view", "services") == "Servicios"
    assert spanish.label("band", "low") == "Bajo"
    assert spanish.arm("none", "extra_trees") == "árboles extra, sin remuestreo"
    assert Language("en").arm("smote", "lightgbm") == "LightGBM, SMOTE"


def test_a_name_for_a_narrow_column_is_short_where_it_can_be() -> None:
    english = Language("en")
    assert [english.short("metric", name) for name in ("average_precision", "auc")] == ["AP", "AUC"]
    assert english.short("classifier", "logistic_regression") == "logistic"
    assert english.short("classifier", "random_forest") == "random forest"


@pytest.mark.parametrize(
    ("feature", "value", "english", "spanish"),
    [
        ("Contract", "Month-to-month", "month-to-month", "mes a mes"),
        ("SeniorCitizen", 1, "yes", "sí"),
        ("SeniorCitizen", "0", "no", "no"),
        ("tenure", 12, "12", "12"),
        ("MonthlyCharges", 1234.5, "1,234.50", "1.234,50"),
        ("MonthlyCharges", 20.0, "20", "20"),
        ("Contract", None, "not known", "desconocido"),
        ("Region", "North", "North", "North"),
    ],
)
def test_values_of_features_are_said_as_people_say_them(
    feature: str, value: str | float | None, english: str, spanish: str
) -> None:
    assert Language("en").feature_value(feature, value) == english
    assert Language("es").feature_value(feature, value) == spanish


@pytest.mark.parametrize("kind", ["feature", "value", "view"])
def test_what_only_a_base_knows_keeps_its_technical_name(kind: NameKind) -> None:
    assert Language("es").name(kind, "routerModel") == "routerModel"
    assert Language("es").label(kind, "routerModel") == "routerModel"


@pytest.mark.parametrize("kind", ["metric", "sampler", "classifier", "band"])
def test_a_name_that_stayline_itself_needs_and_nobody_wrote_is_an_error(kind: NameKind) -> None:
    message = rf"there is no name for the {kind} 'brand_new'; write {kind}.brand_new in names.yaml"
    for ask in (Language("es").name, Language("es").label, Language("es").short):
        with pytest.raises(LanguageError, match=message):
            ask(kind, "brand_new")


def test_an_arm_without_a_name_is_an_error() -> None:
    with pytest.raises(LanguageError, match=r"sampler 'borderline'; write sampler.borderline"):
        Language("en").arm("borderline", "lightgbm")

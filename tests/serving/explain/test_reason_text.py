from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.explain.reason_text import reason_text, rounded
from serving.explain.reasons import LONGEST, Reason, plain
from serving.language.catalogue import LANGUAGES, LanguageCode
from serving.language.language import Language
from serving.model.signature import signature_of


@pytest.mark.parametrize(
    ("reason", "english", "spanish"),
    [
        (
            Reason("Contract", "Month-to-month", 12.3),
            "a month-to-month contract raises the risk by 12 points",
            "un contrato de mes a mes sube el riesgo en 12 puntos",
        ),
        (
            Reason("numTechTickets1m", 2, 9.0),
            "two technical tickets in the last month raise the risk by 9 points",
            "2 incidencias técnicas en el último mes suben el riesgo en 9 puntos",
        ),
        (
            Reason("numTechTickets1m", 1, 1.04),
            "one technical ticket in the last month raises the risk by 1 point",
            "1 incidencia técnica en el último mes sube el riesgo en 1 punto",
        ),
        (
            Reason("numAdminTickets3m", 0, -0.72),
            "no administrative ticket in the last three months lowers the risk by 0.7 points",
            "no tener ninguna incidencia administrativa en los últimos tres meses "
            "baja el riesgo en 0,7 puntos",
        ),
        (
            Reason("tenure", None, 3.6),
            "how long the customer has been with us is not known, which raises the risk by 4 points",
            "no se sabe cuánto tiempo lleva el cliente con nosotros, lo que sube el riesgo en 4 puntos",
        ),
        (
            Reason("tenure", 14, 0.44),
            "14 months with us hardly change the risk",
            "14 meses con nosotros apenas cambian el riesgo",
        ),
        (
            Reason("TotalCharges", 1234.5, -2.0),
            "a total of 1,234.50 charged so far lowers the risk by 2 points",
            "un total de 1.234,50 facturado hasta ahora baja el riesgo en 2 puntos",
        ),
        (
            Reason("MonthlyChargesVsAvg", -3.5, -6.0),
            "paying 3.50 a month less than on average so far lowers the risk by 6 points",
            "pagar al mes 3,50 menos que la media hasta ahora baja el riesgo en 6 puntos",
        ),
        (
            Reason("MonthlyChargesChange3m", 0.0, 0.0),
            "a monthly charge without change over three bills hardly changes the risk",
            "una cuota mensual sin cambios en tres facturas apenas cambia el riesgo",
        ),
        (
            Reason("ContractMonthsLeft", 2, -3.0),
            "two months left of the contract lower the risk by 3 points",
            "2 meses de contrato por cumplir bajan el riesgo en 3 puntos",
        ),
        (
            Reason("SeniorCitizen", 1, 2.0),
            "being 65 or older raises the risk by 2 points",
            "tener 65 años o más sube el riesgo en 2 puntos",
        ),
    ],
)
def test_a_reason_in_plain_words(reason: Reason, english: str, spanish: str) -> None:
    assert reason_text(reason, Language("en")) == english
    assert reason_text(reason, Language("es")) == spanish


@pytest.mark.parametrize(
    ("reason", "english"),
    [
        (Reason("Region", "North", 3.0), "the value “North” of Region raises the risk by 3 points"),
        (Reason("Visits", 7, 3.0), "the value “7” of Visits raises the risk by 3 points"),
        (Reason("Visits", 7.25, 3.0), "the value “7.25” of Visits raises the risk by 3 points"),
        (Reason("Region", None, 3.0), "Region is not known, which raises the risk by 3 points"),
        (Reason("Contract", "{0}", 3.0), "the value “{0}” of contract raises the risk by 3 points"),
        (Reason("Contract", "missing", 3.0), "the value “missing” of contract raises the risk by 3 points"),
        (Reason("SeniorCitizen", 2, 3.0), "the value “2” of 65 or older raises the risk by 3 points"),
    ],
)
def test_what_the_catalogue_does_not_know_is_told_in_general_words(reason: Reason, english: str) -> None:
    assert reason_text(reason, Language("en")) == english
    assert reason_text(reason, Language("es")) != english


@pytest.mark.parametrize(
    ("points", "text"),
    [
        (0.449, "hardly changes"),
        (0.45001, "raises the risk by 0.5 points"),
        (0.96, "raises the risk by 1 point"),
        (1.44, "raises the risk by 1 point"),
        (1.6, "raises the risk by 2 points"),
        (-0.45001, "lowers the risk by 0.5 points"),
    ],
)
def test_the_sentence_says_what_the_rounded_points_say(points: float, text: str) -> None:
    assert text in reason_text(Reason("gender", "Male", points), Language("en"))


def test_points_are_never_a_negative_zero() -> None:
    assert str(rounded(-0.04)) == "0.0"


def test_a_long_value_is_cut() -> None:
    told = plain("x" * 1000)
    assert isinstance(told, str)
    assert len(told) == LONGEST
    assert told.endswith("x…")


@given(
    feature=st.sampled_from([*signature_of().names, "Region"]),
    value=st.none() | st.text(max_size=LONGEST) | st.integers(-(10**9), 10**9) | st.floats(-1e9, 1e9),
    points=st.floats(-100, 100),
    code=st.sampled_from(LANGUAGES),
)
def test_every_reason_can_be_told(
    feature: str, value: str | int | float | None, points: float, code: LanguageCode
) -> None:
    text = reason_text(Reason(feature, value, points), Language(code))
    assert ("risk" if code == "en" else "riesgo") in text
    assert len(text) < 250

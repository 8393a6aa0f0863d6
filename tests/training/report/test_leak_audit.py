from __future__ import annotations

from typing import Any

import pytest

from training.report.chapters.leak_audit import band_text, strongest, suspects
from training.report.language import load_language

LIMITS = {"band_columns": ["tenure", "InternetService"]}


def audit(signal: str, where: str, feature: str = "Contract") -> dict[str, Any]:
    signals = [{"signal": signal, "value": 0.95, "limit": 0.9, "where": where}]
    return {"suspects": [{"feature": feature, "signals": signals}], "limits": LIMITS}


@pytest.mark.parametrize(
    ("band", "english", "spanish"),
    [
        ("tenure 0 to 24", "months as a customer from 0 to 24", "meses como cliente de 0 a 24"),
        (
            "InternetService Fiber optic",
            "internet service: fiber optic",
            "servicio de internet: fibra óptica",
        ),
        (
            "tenure 1 to 18.5, InternetService DSL",
            "months as a customer from 1 to 18.50, internet service: DSL",
            "meses como cliente de 1 a 18,50, servicio de internet: DSL",
        ),
        ("something else", "something else", "something else"),
    ],
)
def test_a_band_is_said_in_the_readers_words(band: str, english: str, spanish: str) -> None:
    assert band_text(band, "tenure", "InternetService", load_language("en")) == english
    assert band_text(band, "tenure", "InternetService", load_language("es")) == spanish


def test_a_suspect_has_peoples_names_of_feature_band_and_values() -> None:
    [within] = suspects(audit("auc_within_bands", "InternetService No"), load_language("es"))
    assert within["feature"] == "Contrato"
    assert within["signals"][0]["where"] == "servicio de internet: no"
    [alone] = suspects(audit("one_class_values", "Two year, missing"), load_language("es"))
    assert alone["signals"][0]["where"] == "dos años, desconocido"
    [unknown] = suspects(audit("auc", "", "routerModel"), load_language("es"))
    assert (unknown["feature"], unknown["signals"][0]["where"]) == ("routerModel", "")


def test_the_strongest_come_first_by_peoples_names() -> None:
    features = [
        {"feature": "gender", "auc": 0.51, "auc_within_bands": None},
        {"feature": "tenure", "auc": 0.74, "auc_within_bands": 0.6},
    ]
    assert strongest({"features": features}, load_language("es")) == [
        ["Meses como cliente", "0,740", "0,600"],
        ["Género", "0,510", "–"],
    ]

"""The leak audit in words: which features seem to know the label, and by which signals."""

from __future__ import annotations

import re
from typing import Any

from training.report.language import Language


def suspects(audit: dict[str, Any], language: Language) -> list[dict[str, Any]]:
    """Every suspect with its signals: ``{"feature", "signals": [{"name", "where", "value", "limit"}]}``."""
    names = signal_names(language)
    return [
        {
            "feature": language.label("feature", suspect["feature"]),
            "signals": [
                {
                    "name": names[signal["signal"]],
                    "where": _where(signal, suspect["feature"], audit["limits"], language),
                    "value": signal["value"],
                    "limit": signal["limit"],
                }
                for signal in suspect["signals"]
            ],
        }
        for suspect in audit["suspects"]
    ]


def signal_names(language: Language) -> dict[str, str]:
    """What the signals are called."""
    say = language.say
    return {
        "auc": say("tells churners apart too well alone"),
        "auc_within_bands": say("tells churners apart too well within a band"),
        "pure_values": say("too many rows have a value that settles the label"),
        "one_class_values": say("has values that one class alone has"),
        "flat_among_stayed": say("follows tenure among those who churned and nothing among those who stayed"),
        "collapses_out_of_time": say("loses its force in later cohorts"),
    }


def strongest(audit: dict[str, Any], language: Language) -> list[list[str]]:
    """The ten features that know most alone."""
    ranked = sorted(audit["features"], key=lambda feature: -feature["auc"])
    return [
        [
            language.label("feature", feature["feature"]),
            language.number(feature["auc"]),
            language.number(feature["auc_within_bands"]),
        ]
        for feature in ranked[:10]
    ]


def _where(signal: dict[str, Any], feature: str, limits: dict[str, Any], language: Language) -> str:
    """The values, or the band of customers, in which a signal was found, in the reader's words."""
    where = signal["where"]
    if signal["signal"] == "one_class_values":
        return ", ".join(language.feature_value(value, feature) for value in where.split(", "))
    if signal["signal"] == "auc_within_bands":
        number, category = limits["band_columns"]
        return band_text(where, number, category, language)
    return str(where)


def band_text(band: str, number: str, category: str, language: Language) -> str:
    """A band in the reader's words.

    Parameters
    ----------
    band : str
        As the audit names it: ``tenure 0 to 24``, ``InternetService DSL``, or both with a comma between.
    number, category : str
        The features that bands are made of.
    language : Language
    """
    range_of_number = rf"{re.escape(number)} (?P<low>\S+) to (?P<high>[^\s,]+)"
    value_of_category = rf"{re.escape(category)} (?P<value>.+)"
    found = re.fullmatch(rf"(?:{range_of_number})?(?:, )?(?:{value_of_category})?", band)
    if found is None:
        return band
    parts = []
    if found["low"] is not None:
        low, high = (language.amount(float(found[end])) for end in ("low", "high"))
        name = language.name("feature", number)
        parts.append(language.say("%(feature)s from %(low)s to %(high)s", feature=name, low=low, high=high))
    if found["value"] is not None:
        value = language.feature_value(found["value"], category)
        parts.append(f"{language.name('feature', category)}: {value}")
    return ", ".join(parts)

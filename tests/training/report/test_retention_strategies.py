"""The chapter on retention strategies: measured, assumed, and without a playbook."""

from __future__ import annotations

import re
from typing import Any

import pytest

from serving.language.catalogue import LANGUAGES
from training.report.chapters.retention import strategies
from training.report.language import load_language
from training.report.render import environment
from training.report.source import ReportSource

OFFER: dict[str, Any] = {
    "offer": "support_call",
    "name": {"en": "Support call", "es": "Llamada de soporte"},
    "measured": True,
    "eligible": 0.8,
    "best": 0.6,
    "effect": 0.042,
    "profit": 12.5,
}
DISCOUNT = OFFER | {
    "offer": "discount",
    "name": {"en": "Discount", "es": "Descuento"},
    "measured": False,
    "eligible": 0.3,
    "best": 0.0,
}
SEGMENT: dict[str, Any] = {
    "name": "New, month-to-month",
    "rows": 1_000,
    "share": 0.4,
    "churn_rate": 0.41,
    "value": 186.0,
    "strategy": "keep_cheaply",
    "drivers": [{"feature": "tenure", "points": 0.08}, {"feature": "Contract", "points": -0.013}],
    "any_pays": 0.6,
    "offers": [DISCOUNT, OFFER],
}
SECTION: dict[str, Any] = {
    "rows": 2_500,
    "churn_rate": 0.23,
    "value": 289.0,
    "value_measured": True,
    "effects_measured": True,
    "offers_missing": None,
    "segments": [SEGMENT],
}


def words(section: dict[str, Any], code: Any) -> str:
    language = load_language(code)
    source = ReportSource({}, {"strategies": section})
    page = environment(language).get_template("strategies.html")
    html = page.render(source=source, **strategies.content(source, language))
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def of_segment(**changes: Any) -> dict[str, Any]:
    return SECTION | {"segments": [SEGMENT | changes]}


def test_a_segment_is_told_by_figures_drivers_strategy_and_offers() -> None:
    text = words(SECTION, "en")
    assert "2,500 rows, 23.0% churn, a value of 289 for each customer" in text
    assert "New, month-to-month 1,000 40.0% 41.0% 186" in text
    assert "but each is worth no more. Contact only those for whom an offer pays" in text
    assert "An offer pays for 60.0% of the segment, most often: Support call." in text
    assert "Main drivers: Months as a customer (+8.0 points); Contract (-1.3 points)." in text
    assert "Support call measured 80.0% 4.2 12.50 60.0%" in text
    assert "Discount assumed 30.0% 4.2 12.50 0.0%" in text
    assert "No effect of an offer is measured here" not in text
    assert "value is assumed" not in text


def test_in_spanish() -> None:
    text = words(SECTION, "es")
    assert "Llamada de soporte medido 80,0\N{NO-BREAK SPACE}%".replace("\N{NO-BREAK SPACE}", " ") in text
    assert "Una oferta es rentable para el 60,0 % del segmento" in text
    assert "puntos)" in text


@pytest.mark.parametrize("code", LANGUAGES)
def test_assumed_effects_and_values_are_said_to_be_assumed(code: Any) -> None:
    assumed = of_segment(offers=[DISCOUNT]) | {"effects_measured": False, "value_measured": False}
    said = {
        "en": ("No effect of an offer is measured here", "The value is assumed", "Discount assumed"),
        "es": (
            "no se ha medido el efecto de ninguna oferta",
            "El valor es un supuesto",
            "Descuento supuesto",
        ),
    }
    text = words(assumed, code)
    assert all(one in text for one in said[code])


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("strategy", ["keep_first", "keep_cheaply", "look_after", "leave_alone", None])
def test_every_strategy_has_words_of_its_own(strategy: str | None, code: Any) -> None:
    language = load_language(code)
    others = {"keep_first", "keep_cheaply", "look_after", "leave_alone", None} - {strategy}
    own = strategies.strategy_text(strategy, language)
    assert own in words(of_segment(strategy=strategy), code)
    assert own not in {strategies.strategy_text(one, language) for one in others}


def test_where_no_offer_pays_nobody_is_contacted() -> None:
    text = words(of_segment(any_pays=0.0, offers=[DISCOUNT]), "en")
    assert "No offer pays here, so nobody is contacted." in text
    nobody = words(of_segment(any_pays=0.0, offers=[DISCOUNT | {"eligible": 0.0}]), "en")
    assert "Nobody in this segment is eligible" in nobody


def test_a_playbook_that_cannot_be_used_gives_its_reason() -> None:
    missing = of_segment(any_pays=None, offers=[]) | {"offers_missing": "playbook x cannot be read"}
    text = words(missing | {"effects_measured": False}, "en")
    assert "playbook x cannot be read" in text
    assert "eligible" not in text
    assert "Main drivers" in text

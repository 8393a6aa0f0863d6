"""The chapter on effects of offers: measured, too few, and without campaigns."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from serving.language.catalogue import LANGUAGES
from training.report.chapters import effects
from training.report.language import load_language
from training.report.render import environment, render
from training.report.source import ReportSource
from training.run_folder import read_evaluation, read_run


def interval(estimate: float, low: float, high: float) -> dict[str, float]:
    return {"estimate": estimate, "low": low, "high": high}


MEASURED: dict[str, Any] = {
    "horizon_days": 120,
    "campaigns": {"spring": 1_000, "autumn": 500},
    "not_over": [],
    "rows": {"none": 700, "support_call": 600, "discount": 200},
    "involuntary": 0.021,
    "depth": 0.1,
    "offers": [
        {
            "offer": "support_call",
            "rows": 600,
            "ranked": True,
            "learner": "X",
            "qini_by_learner": {"T": 0.001, "X": 0.011, "DR": 0.002},
            "bins": [{"mean": -0.012, "error": 0.004}, {"mean": 0.087, "error": 0.0061}],
            "average": interval(0.042, 0.031, 0.053),
            "qini": interval(0.011, 0.0025, 0.0205),
            "over_risk": interval(0.003, -0.001, 0.007),
            "kept": interval(8.2, 4.1, 12.3),
            "profit": interval(1234.0, 200.0, 2345.0),
        }
    ],
    "left_out": [
        {
            "offer": "discount",
            "offered": 199,
            "held_out": 700,
            "fewest": 12,
            "least": 200,
            "least_of_each": 20,
        }
    ],
}
NOTHING = MEASURED | {"campaigns": {}, "rows": {}, "offers": [], "left_out": []}


def words(uplift: dict[str, Any], code: Any) -> str:
    language = load_language(code)
    source = ReportSource({"uplift": uplift}, {})
    page = environment(language).get_template("effects.html")
    html = page.render(source=source, **effects.content(source, language))
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_the_figures_stand_in_points_and_per_thousand() -> None:
    text = words(MEASURED, "en")
    assert "2 past campaigns drew 1,500 offers and hold-outs" in text
    assert "2.1% of the rows" in text
    assert "support call 600 4.2 [3.1;\N{NO-BREAK SPACE}5.3]".replace("\N{NO-BREAK SPACE}", " ") in text
    assert "X 1.10 [0.25; 2.05] 0.30 [-0.10; 0.70] 8.2 [4.1; 12.3] 1,234 [200; 2,345]" in text
    assert "support call 2 8.7 0.6" in text
    assert "Not measured: discount. It has 199 rows with it and 700 held out" in text


def test_an_offer_whose_ranking_is_not_proven_says_so() -> None:
    unproven = MEASURED["offers"][0] | {"ranked": False}
    assert "the same for everybody" in words(MEASURED | {"offers": [unproven]}, "en")
    assert "the same for everybody" not in words(MEASURED, "en")


def test_in_spanish() -> None:
    text = words(MEASURED, "es")
    assert "2 campañas pasadas sortearon 1.500 ofertas" in text
    assert "4,2 [3,1; 5,3]" in text
    assert "Sin medir: discount." in text


@pytest.mark.parametrize("code", LANGUAGES)
def test_without_campaigns_the_chapter_says_that_effects_are_assumed(code: Any) -> None:
    said = {"en": "is assumed", "es": "es un supuesto"}
    assert said[code] in words(NOTHING, code)
    assert "Qini" not in words(NOTHING, code)


def test_the_report_has_the_chapter(evaluated: Path) -> None:
    run, evaluation = read_run(evaluated), read_evaluation(evaluated)
    assert run is not None
    assert evaluation is not None
    page = render(ReportSource(run, evaluation), load_language("en"))
    assert '<section id="effects"' in page
    assert "No past campaign has a window that is over" in page

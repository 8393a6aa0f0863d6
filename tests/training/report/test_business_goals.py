"""The chapter on business goals: judged, not yet known, and of a snapshot."""

from __future__ import annotations

import re
from typing import Any

import pytest

from serving.campaigns.outcome.fairness import NOT_KNOWN
from serving.language.catalogue import LANGUAGES
from training.report.chapters.retention import goals
from training.report.language import load_language
from training.report.render import environment
from training.report.source import ReportSource


def goal(state: str, figure: dict[str, Any] | None, settles: dict[str, str] | None = None) -> dict[str, Any]:
    name = {"en": f"Goal {state}", "es": f"Meta {state}"}
    return {"name": name, "target": 0.1, "state": state, "figure": figure, "settles": settles}


def group(kind: str, name: str, **changes: Any) -> dict[str, Any]:
    plain = {
        "kind": kind,
        "group": name,
        "customers": 1_071,
        "offer_rate": 0.24,
        "contact_rate": 0.225,
        "expected_profit": 12.34,
        "flagged": False,
    }
    return plain | changes


READ_OUT: dict[str, Any] = {
    "name": "summer",
    "starts": "2026-07-01",
    "ends": "2026-10-29",
    "effects": "measured",
    "readout": {
        "until": "2026-10-29",
        "data_until": "2026-11-01T00:00:00Z",
        "verdict": "better",
        "arms": {"offer": 1_280, "holdout": 546, "control": 36},
        "churn": {"difference": {"value": -0.098, "low": -0.142, "high": -0.054}},
        "fairness": [
            group("age", "under_65", flagged=True),
            group("gender", "Female", contact_rate=None),
            group("gender", NOT_KNOWN),
            group("tenure", "new", expected_profit=None),
        ],
    },
}
SECTION: dict[str, Any] = {
    "dated": True,
    "data_until": "2026-11-01T00:00:00+00:00",
    "goals": [
        goal("passed", {"value": 0.323, "low": 0.153, "high": 0.517}),
        goal("failed", {"value": 0.02, "low": -0.01, "high": 0.05}),
        goal("not yet known", None, {"en": "load the data", "es": "cargue los datos"}),
    ],
    "campaigns": [READ_OUT],
}


def words(section: dict[str, Any], code: Any) -> str:
    language = load_language(code)
    source = ReportSource({}, {"goals": section})
    page = environment(language).get_template("goals.html")
    html = page.render(source=source, **goals.content(source, language))
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_each_goal_has_target_figure_interval_state_and_what_would_settle_it() -> None:
    text = words(SECTION, "en")
    assert "Goal passed 10.0% 32.3% [15.3%; 51.7%] ✓ passed" in text
    assert "Goal failed 10.0% 2.0% [-1.0%; 5.0%] ✗ failed" in text
    assert "Goal not yet known 10.0% – ? not yet known load the data" in text
    assert "by data up to Nov 1, 2026" in text


def test_in_spanish() -> None:
    text = words(SECTION, "es")
    assert "✓ cumplido" in text
    assert "✗ no cumplido" in text
    assert "? aún no se sabe cargue los datos" in text
    assert "Edad: menos de 65" in text


def test_a_campaign_that_was_read_out_says_how_it_came_out_and_whom_it_offered_something() -> None:
    text = words(SECTION, "en")
    assert "1,280 customers offered something and 546 held out" in text
    assert "-9.8 [-14.2; -5.4]. Verdict: it worked." in text
    assert "Age: under 65 1,071 24.0% 22.5% 12.34 below four fifths" in text
    assert "Gender: female 1,071 24.0% – 12.34" in text.replace("Female", "female")
    assert "Gender: not known" in text
    assert "Tenure: up to 12 months 1,071 24.0% 22.5% –" in text
    assert "has been read out yet" not in text


@pytest.mark.parametrize(
    ("code", "none_planned", "none_read_out"),
    [
        ("en", "No campaign has been planned yet", "No campaign has been read out yet."),
        ("es", "Aún no se ha planificado ninguna campaña", "Aún no se ha evaluado ninguna campaña."),
    ],
)
def test_without_a_readout_the_chapter_says_so(code: Any, none_planned: str, none_read_out: str) -> None:
    assert none_planned in words(SECTION | {"campaigns": []}, code)
    text = words(SECTION | {"campaigns": [READ_OUT | {"readout": None}]}, code)
    assert none_read_out in text
    assert "summer" in text


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_snapshot_says_that_nothing_is_known_and_effects_are_assumed(code: Any) -> None:
    snapshot = {"dated": False, "goals": [goal("not yet known", None)], "campaigns": []}
    text = words(SECTION | snapshot, code)
    said = {
        "en": ("The data are a snapshot", "Effects of offers are assumed.", "a history that says when"),
        "es": ("Los datos son una foto fija", "son un supuesto", "un historial que diga cuándo"),
    }
    assert all(one in text for one in said[code])

"""Retention strategies: who is in each segment, what moves their risk, what to do, and which offers pay."""

from __future__ import annotations

from typing import Any

from serving.language.segment_label import segment_label
from training.report.language import NOTHING, Language
from training.report.source import ReportSource

POINTS = 100


def title(language: Language) -> str:
    """The chapter's title."""
    return language.say("Retention strategies")


def content(source: ReportSource, language: Language) -> dict[str, Any]:
    """Rows of the table of segments, and a part for each segment."""
    section = source.evaluation["strategies"]
    return {
        "section": section,
        "overview": [_overview(one, language) for one in section["segments"]],
        "parts": [_part(one, language) for one in section["segments"]],
    }


def _overview(one: dict[str, Any], language: Language) -> list[str]:
    return [
        segment_label(one["name"], language.names),
        language.number(one["rows"], 0),
        language.percent(one["share"]),
        language.percent(one["churn_rate"]),
        language.number(one["value"], 0),
    ]


def _part(one: dict[str, Any], language: Language) -> dict[str, Any]:
    return {
        "name": segment_label(one["name"], language.names),
        "strategy": strategy_text(one["strategy"], language),
        "drivers": [_driver(driver, language) for driver in one["drivers"]],
        "any_pays": one["any_pays"],
        "best": _best(one["offers"], language),
        "offers": [_offer(offer, language) for offer in one["offers"] if offer["eligible"]],
    }


def strategy_text(strategy: str | None, language: Language) -> str:
    """What to do, in words."""
    return {
        None: language.say("Nobody of the untouched part is in this segment."),
        "keep_first": language.say(
            "More customers leave than on average, and each is worth more. Begin here: contact those for whom"
            " an offer pays."
        ),
        "keep_cheaply": language.say(
            "More customers leave than on average, but each is worth no more. Contact only those for whom an"
            " offer pays, and keep its cost low."
        ),
        "look_after": language.say(
            "No more customers leave than on average, and each is worth more. Look after them, and do not"
            " remind them of leaving: an offer goes only to those for whom it pays."
        ),
        "leave_alone": language.say(
            "No more customers leave than on average, and each is worth no more. Leave them alone, but for"
            " those for whom an offer pays."
        ),
    }[strategy]


def _driver(driver: dict[str, Any], language: Language) -> str:
    sign = "+" if driver["points"] > 0 else ""
    points = sign + language.number(POINTS * driver["points"], 1)
    name = language.label("feature", driver["feature"])
    return language.say("%(name)s (%(points)s points)", name=name, points=points)


def _best(offers: list[dict[str, Any]], language: Language) -> str | None:
    """The offer that pays most for most customers; None where no offer pays for anybody."""
    paying = [offer for offer in offers if offer["best"]]
    if not paying:
        return None
    return language.told(max(paying, key=lambda offer: offer["best"])["name"])


def _offer(offer: dict[str, Any], language: Language) -> list[str]:
    effect = NOTHING if offer["effect"] is None else language.number(POINTS * offer["effect"], 1)
    return [
        language.told(offer["name"]),
        language.say("measured") if offer["measured"] else language.say("assumed"),
        language.percent(offer["eligible"]),
        effect,
        language.number(offer["profit"], 2),
        language.percent(offer["best"]),
    ]

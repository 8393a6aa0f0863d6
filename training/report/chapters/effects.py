"""Effects of offers: what each adds to the chance of staying, and how well customers are ranked by it."""

from __future__ import annotations

from typing import Any

from training.report.language import Language
from training.report.source import ReportSource

POINTS = 100


def title(language: Language) -> str:
    """The chapter's title."""
    return language.say("Effects of offers")


def content(source: ReportSource, language: Language) -> dict[str, Any]:
    """What past campaigns say, as rows of tables."""
    uplift = source.run["uplift"]
    offers = uplift["offers"]
    return {
        "uplift": uplift,
        "drawn": sum(uplift["campaigns"].values()),
        "averages": [_average(one, language) for one in offers],
        "rankings": [_ranking(one, language) for one in offers],
        "bins": [_bin(one, *bin_, language) for one in offers for bin_ in enumerate(one["bins"], 1)],
        "left_out": [(offer_name(one["offer"]), one) for one in uplift["left_out"]],
    }


def offer_name(offer: str) -> str:
    """An offer as people read it."""
    return offer.replace("_", " ")


def _average(one: dict[str, Any], language: Language) -> list[str]:
    ranked = language.say("by customer") if one["ranked"] else language.say("the same for everybody")
    average = language.interval(_points(one["average"]), 1)
    return [offer_name(one["offer"]), language.number(one["rows"], 0), average, ranked]


def _ranking(one: dict[str, Any], language: Language) -> list[str]:
    return [
        offer_name(one["offer"]),
        one["learner"],
        language.interval(_points(one["qini"]), 2),
        language.interval(_points(one["over_risk"]), 2),
        language.interval(one["kept"], 1),
        language.interval(one["profit"], 0),
    ]


def _bin(one: dict[str, Any], number: int, found: dict[str, float], language: Language) -> list[str]:
    mean, error = (language.number(POINTS * found[name], 1) for name in ("mean", "error"))
    return [offer_name(one["offer"]), language.number(number, 0), mean, error]


def _points(figure: dict[str, float]) -> dict[str, float]:
    return {end: POINTS * value for end, value in figure.items()}

"""Business understanding: the question, and what counts as success, measured."""

from __future__ import annotations

from typing import Any

from training.evaluation.bootstrap import LEVEL
from training.report.language import Language
from training.report.told import Told

LEAST_LIFT = 2.0
MOST_CALIBRATION_ERROR = 0.05


def title(language: Language) -> str:
    """The chapter's title."""
    return language.say("Business understanding and success criteria")


def content(told: Told, language: Language) -> dict[str, Any]:
    """Success criteria with what was measured on the untouched part."""
    return {
        "criteria": criteria(told, language),
        "level": LEVEL,
        "cohorts": told.run["settings"]["cohorts"],
        "snapshot": told.run["cohorts"][0]["window_end"] is None,
        "profit": told.run["settings"]["profit"],
    }


def criteria(told: Told, language: Language) -> list[dict[str, Any]]:
    """Each criterion: what it asks, the target, what was measured, whether it is met."""
    say, untouched = language.say, told.evaluation["headline"]["untouched"]
    thresholds, policies = told.evaluation["thresholds"], told.evaluation["profit"]["policies"]
    floor, held = thresholds["floor"], thresholds["precision_floor"]["untouched"]["precision"]
    profit, lift, ece = untouched["profit_per_customer"], untouched["lift_top_decile"], untouched["ece"]
    everybody = policies["everybody"]["profit_per_customer"]
    return [
        {
            "asks": say("Of the customers contacted under the precision floor, enough were really leaving."),
            "target": say("at least %(floor)s", floor=language.percent(floor, 0)),
            "measured": language.percent(held),
            "met": held is not None and held >= floor,
        },
        {
            "asks": say("The tenth most at risk leaves much more often than the average customer."),
            "target": say("lift of at least %(least)s", least=language.number(LEAST_LIFT, 1)),
            "measured": language.interval(lift, 2),
            "met": lift["low"] is not None and lift["low"] >= LEAST_LIFT,
        },
        {
            "asks": say("Probabilities can be taken at their word."),
            "target": say(
                "calibration error of at most %(most)s", most=language.number(MOST_CALIBRATION_ERROR, 2)
            ),
            "measured": language.interval(ece),
            "met": ece["high"] is not None and ece["high"] <= MOST_CALIBRATION_ERROR,
        },
        {
            "asks": say("Contacting those chosen earns more than contacting everybody."),
            "target": say("profit per customer above %(profit)s", profit=language.number(everybody, 2)),
            "measured": language.interval(profit, 2),
            "met": profit["low"] is not None and profit["low"] > everybody,
        },
    ]

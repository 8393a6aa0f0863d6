"""Business understanding: the question, and what counts as success, measured."""

from __future__ import annotations

from functools import partial
from typing import Any

from training.metrics.bootstrap import LEVEL
from training.report.language import Language
from training.report.source import ReportSource

LEAST_LIFT = 2.0
MOST_CALIBRATION_ERROR = 0.05


def title(language: Language) -> str:
    """The chapter's title."""
    return language.say("Business understanding and success criteria")


def content(source: ReportSource, language: Language) -> dict[str, Any]:
    """Success criteria with what was measured on the untouched part."""
    found = criteria(source, language)
    return {
        "glance": glance(source, found, language),
        "criteria": found,
        "level": LEVEL,
        "cohorts": source.run["settings"]["cohorts"],
        "snapshot": source.run["cohorts"][0]["window_end"] is None,
        "profit": source.evaluation["profit"]["parameters"],
        "measured": source.evaluation["profit"]["value_measured"],
    }


def criteria(source: ReportSource, language: Language) -> list[dict[str, Any]]:
    """Each criterion: what it asks, the target, what was measured, and the verdict."""
    say, untouched = language.say, source.evaluation["headline"]["untouched"]
    floor, measured = source.evaluation["thresholds"]["floor"], source.evaluation["criteria"]
    held, more = measured["precision_at_floor"], measured["profit_over_everybody"]
    lift, ece = untouched["lift_top_decile"], untouched["ece"]
    return [
        {
            "asks": say("Of the customers contacted under the precision floor, enough were really leaving."),
            "target": say("at least %(floor)s", floor=language.percent(floor, 0)),
            "measured": language.interval(held, percent=True),
            "verdict": verdict(held, floor),
        },
        {
            "asks": say("The tenth most at risk leaves much more often than the average customer."),
            "target": say("lift of at least %(least)s", least=language.number(LEAST_LIFT, 1)),
            "measured": language.interval(lift, 2),
            "verdict": verdict(lift, LEAST_LIFT),
        },
        {
            "asks": say("Probabilities can be taken at their word."),
            "target": say(
                "calibration error of at most %(most)s", most=language.number(MOST_CALIBRATION_ERROR, 2)
            ),
            "measured": language.interval(ece),
            "verdict": verdict(ece, MOST_CALIBRATION_ERROR, at_most=True),
        },
        {
            "asks": say("Contacting those chosen earns more than contacting everybody."),
            "target": say("more than 0 per customer"),
            "measured": language.interval(more, 2),
            "verdict": verdict(more, 0.0),
        },
    ]


def verdict(figure: dict[str, Any], target: float, at_most: bool = False) -> str:
    """``met`` when the whole interval meets the target, ``open`` when the estimate does, else ``missed``."""
    sign = -1 if at_most else 1
    unsure = figure["high"] if at_most else figure["low"]
    if figure["estimate"] is None or sign * figure["estimate"] < sign * target:
        return "missed"
    return "met" if unsure is not None and sign * unsure >= sign * target else "open"


def glance(source: ReportSource, found: list[dict[str, Any]], language: Language) -> list[tuple[str, str]]:
    """The report in a few lines: what was asked of the data, and what came out."""
    say, metric = language.say, partial(language.label, "metric")
    data, thresholds = source.evaluation["understanding"], source.evaluation["thresholds"]
    untouched = source.evaluation["headline"]["untouched"]
    met = sum(row["verdict"] == "met" for row in found)
    return [
        (say("Customers"), language.number(data["customers"], 0)),
        (say("Churn rate"), language.percent(data["churn_rate"])),
        (say("Champion"), language.arm_label(source.run["arm"])),
        (say("AUC on the untouched part"), language.interval(untouched["auc"])),
        (metric("lift_top_decile"), language.interval(untouched["lift_top_decile"], 2)),
        (
            say("Contacted from a probability of"),
            language.percent(thresholds["chosen"]) if thresholds["chosen"] is not None else say("nobody"),
        ),
        (metric("contact_share"), language.interval(untouched["contact_share"], percent=True)),
        (
            say("Of those contacted, leaving"),
            language.interval(untouched["precision"], percent=True),
        ),
        (say("Of those leaving, contacted"), language.interval(untouched["recall"], percent=True)),
        (metric("profit_per_customer"), language.interval(untouched["profit_per_customer"], 2)),
        (say("Success criteria met"), say("%(met)s of %(all)s", met=met, all=len(found))),
    ]

"""Business goals: where each stands, what would settle it, and whom campaigns offered something."""

from __future__ import annotations

from typing import Any

from training.report.language import NOTHING, Language
from training.report.source import ReportSource

POINTS = 100
FLAGGED = "readout.flagged"
"""What the readout says of a group that was offered less."""


def title(language: Language) -> str:
    """The chapter's title."""
    return language.say("Business goals")


def content(source: ReportSource, language: Language) -> dict[str, Any]:
    """Rows of the table of goals, campaigns, and the fairness of those that were read out."""
    section = source.evaluation["goals"]
    read_out = [one for one in section["campaigns"] if one["readout"] is not None]
    return {
        "section": section,
        "rows": [_goal(one, section["dated"], language) for one in section["goals"]],
        "read_out": [_campaign(one, language) for one in read_out],
        "not_read_out": [one["name"] for one in section["campaigns"] if one["readout"] is None],
    }


def _goal(goal: dict[str, Any], dated: bool, language: Language) -> dict[str, Any]:
    settles = goal["settles"]
    if settles is None:
        said = "" if dated else language.say("a history that says when customers left")
    else:
        said = language.told(settles)
    return {
        "name": language.told(goal["name"]),
        "target": language.percent(goal["target"]),
        "figure": _figure(goal["figure"], language),
        "state": goal["state"],
        "said": language.names.say(f"readout.goal.{goal['state']}"),
        "settles": said,
    }


def _figure(figure: dict[str, Any] | None, language: Language) -> str:
    if figure is None:
        return NOTHING
    return language.interval({"estimate": figure["value"], **figure}, percent=True)


def _points(figure: dict[str, Any], language: Language) -> str:
    ends = {end: None if value is None else POINTS * value for end, value in figure.items()}
    return language.interval({"estimate": ends["value"], **ends}, 1)


def _campaign(campaign: dict[str, Any], language: Language) -> dict[str, Any]:
    readout = campaign["readout"]
    churn = readout["churn"]
    return {
        "name": campaign["name"],
        "starts": campaign["starts"],
        "until": readout["until"],
        "offered": readout["arms"].get("offer", 0),
        "held_out": readout["arms"].get("holdout", 0),
        "difference": NOTHING if churn is None else _points(churn["difference"], language),
        "verdict": language.names.say(f"readout.verdict.{readout['verdict']}"),
        "fairness": [_group(row, language) for row in readout["fairness"]],
        "flagged": any(row["flagged"] for row in readout["fairness"]),
    }


def _group(row: dict[str, Any], language: Language) -> list[str]:
    kind = language.names.say(f"readout.kind.{row['kind']}")
    return [
        f"{kind[:1].upper()}{kind[1:]}: {group_text(row, language)}",
        language.number(row["customers"], 0),
        language.percent(row["offer_rate"]),
        language.percent(row["contact_rate"]),
        language.number(row["expected_profit"], 2),
        language.names.say(FLAGGED) if row["flagged"] else "",
    ]


def group_text(row: dict[str, Any], language: Language) -> str:
    """A group as people read it: a gender is a value of its feature, the others have texts."""
    if row["kind"] == "gender" and row["group"] != "not_known":
        return language.feature_value(row["group"], "gender")
    return language.names.say(f"readout.group.{row['group']}")

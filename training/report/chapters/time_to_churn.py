"""Time to churn: how long customers stay, and what a customer who is kept is worth."""

from __future__ import annotations

from typing import Any

from serving.language.segment_label import segment_label
from training.report.figures import CHURNED, GREY, OTHER, STAYED, Figure, LocalPercent, draw
from training.report.language import Language
from training.report.source import ReportSource

COLOURS = (STAYED, CHURNED, OTHER, GREY, "#E69F00", "#56B4E9", "#CC79A7")


def title(language: Language) -> str:
    """The chapter's title."""
    return language.say("Time to churn")


def content(source: ReportSource, language: Language) -> dict[str, Any]:
    """The curves of all customers and of every segment, and how they were judged."""
    section = source.run["survival"]
    if section["missing"] is not None:
        return {"missing": section["missing"]}
    groups = [(language.say("All customers"), section["all"])]
    groups += [(segment_label(one["name"], language.names), one) for one in section["segments"]]
    return {
        "missing": None,
        "survival": section,
        "groups": groups,
        "counted": section["window"] + source.run["settings"]["value"]["months"],
        "after": [month for month in (3, 6, 12, 24) if month <= len(section["all"]["curve"])],
        "value": source.run["settings"]["value"],
        "drawn": _curves(groups, language),
    }


def _curves(groups: list[tuple[str, dict[str, Any]]], language: Language) -> Figure:
    def paint(axes: Any) -> None:
        for (name, group), colour in zip(groups[1:], COLOURS * len(groups), strict=False):
            axes.plot([1.0, *group["curve"]], color=colour, label=name)
        axes.set_ylim(0, 1.02)
        axes.yaxis.set_major_formatter(LocalPercent(language))
        axes.set_xlabel(language.say("months after the observation date"))
        axes.set_ylabel(language.say("still customers"))
        axes.legend()

    caption = language.say("Share still there, by segment")
    return draw("survival", caption, paint, language)

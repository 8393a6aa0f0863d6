"""Preparation: selection, cleaning, encoding, scaling, balance."""

from __future__ import annotations

from typing import Any

import numpy as np

from training.report.figures import CHURNED, COLUMN, STAYED, Figure, draw
from training.report.language import Language
from training.report.source import ReportSource


def title(language: Language) -> str:
    """The chapter's title."""
    return language.say("Data preparation")


def content(source: ReportSource, language: Language) -> dict[str, Any]:
    """What preparation did, from the run."""
    prepared = source.evaluation["preparation"]
    return {
        "prepared": prepared,
        "left_out": [
            [language.label("sampler", one["sampler"]), one["reason"]] for one in prepared["left_out"]
        ],
        "drawn": {"balance": _balance(prepared["balance"], language)},
    }


def _balance(balance: list[dict[str, Any]], language: Language) -> Figure:
    say = language.say

    def paint(axes: Any) -> None:
        places = np.arange(len(balance))[::-1]
        stayed = np.array([row["stayed"] for row in balance])
        axes.barh(places, stayed, color=STAYED, label=say("stayed"))
        axes.barh(
            places, [row["churned"] for row in balance], left=stayed, color=CHURNED, label=say("churned")
        )
        axes.set_yticks(places, [language.label("sampler", row["sampler"]) for row in balance])
        axes.set_xlabel(say("rows that classifiers are fitted on"))
        axes.grid(visible=False, axis="y")
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)

    return draw(
        "balance", say("The training part before and after each sampler"), paint, language, (COLUMN, 2.6)
    )

"""Drawings of what deciding by the model brings, and to whom."""

from __future__ import annotations

from typing import Any

import numpy as np

from training.report.figures import (
    CHURNED,
    COLUMN,
    GREY,
    OTHER,
    STAYED,
    Figure,
    LocalPercent,
    canvas,
    draw,
    finish,
)
from training.report.language import Language


def profit(section: dict[str, Any], language: Language) -> Figure:
    """Profit per customer over the share contacted."""
    curve = np.array(section["curve"])

    def paint(axes: Any) -> None:
        axes.plot(curve[:, 0], curve[:, 1], color=STAYED)
        axes.axhline(0, color=GREY, linewidth=1)
        for point, marker, color, label in (
            (section["best"], "o", OTHER, language.say("best here")),
            (section["policies"]["at_threshold"], "D", CHURNED, language.say("chosen on validation")),
        ):
            share, gained = point["contacted_share"], point["profit_per_customer"]
            axes.plot(share, gained, marker, color=color, label=label)
        axes.xaxis.set_major_formatter(LocalPercent(language))
        axes.set_xlabel(language.say("customers contacted"))
        axes.set_ylabel(language.label("metric", "profit_per_customer"))
        axes.legend()

    return draw("profit", language.say("Profit over the share of customers contacted"), paint, language)


def fairness(section: dict[str, Any], language: Language) -> Figure:
    """False negative rates of every group with their intervals."""
    groups = [
        (language.category(attribute, group), figures)
        for attribute, found in section["attributes"].items()
        for group, figures in found["groups"].items()
    ]
    panels = ("contact_share", "false_negative_rate", "calibration_gap")
    with canvas((COLUMN, len(panels) * (0.24 * len(groups) + 0.7))) as page:
        for axes, metric in zip(page.subplots(len(panels), 1), panels, strict=True):
            for place, (_, figures) in enumerate(groups):
                _horizontal(axes, place, figures[metric])
            axes.set_title(language.label("metric", metric), fontsize=9)
            axes.xaxis.set_major_formatter(LocalPercent(language))
            axes.tick_params(labelsize=8)
            axes.set_yticks(range(len(groups)), [label for label, _ in groups])
            axes.invert_yaxis()
        return finish("fairness", language.say("Groups side by side, with intervals"), page, language)


def _horizontal(axes: Any, place: int, figure: dict[str, Any]) -> None:
    middle = figure["estimate"]
    if middle is None or figure["low"] is None:
        return
    spread = [[middle - min(figure["low"], middle)], [max(figure["high"], middle) - middle]]
    axes.errorbar(middle, place, xerr=spread, fmt="o", color=STAYED, capsize=3, markersize=4)

"""Drawings of how well the model ranks, and how true its probabilities are."""

from __future__ import annotations

from typing import Any

import numpy as np

from training.report.figures import (
    CHURNED,
    COLUMN,
    GREY,
    STAYED,
    Figure,
    LocalPercent,
    draw,
)
from training.report.language import Language


def roc(section: dict[str, Any], language: Language) -> Figure:
    """The ROC curve."""
    curve = np.array(section["roc"])

    def paint(axes: Any) -> None:
        axes.plot(curve[:, 0], curve[:, 1], color=STAYED)
        axes.plot([0, 1], [0, 1], color=GREY, linestyle="--", linewidth=1)
        axes.set_xlabel(language.label("metric", "false_positive_rate"))
        axes.set_ylabel(language.label("metric", "recall"))
        axes.set_aspect("equal")

    return draw("roc", language.say("ROC curve on the untouched part"), paint, language, (COLUMN, 4.5))


def precision_recall(section: dict[str, Any], language: Language) -> Figure:
    """The precision-recall curve."""
    curve = np.array(section["precision_recall"])

    def paint(axes: Any) -> None:
        axes.plot(curve[:, 0], curve[:, 1], color=STAYED)
        axes.axhline(section["churn_rate"], color=GREY, linestyle="--", linewidth=1)
        axes.set_xlabel(language.label("metric", "recall"))
        axes.set_ylabel(language.label("metric", "precision"))
        axes.set_ylim(0, 1.03)
        axes.set_aspect("equal")

    return draw(
        "precision-recall",
        language.say("Precision-recall curve; dashed: contacting everybody"),
        paint,
        language,
        (COLUMN, 4.5),
    )


def lift(section: dict[str, Any], language: Language) -> Figure:
    """Lift of every tenth."""
    deciles = section["deciles"]

    def paint(axes: Any) -> None:
        bars = axes.bar([row["decile"] for row in deciles], [row["lift"] for row in deciles], color=STAYED)
        axes.bar_label(bars, [language.number(row["lift"], 1) for row in deciles], fontsize=8)
        axes.axhline(1, color=GREY, linestyle="--", linewidth=1)
        axes.set_xticks([row["decile"] for row in deciles])
        axes.set_xlabel(language.say("tenth of the customers, the most at risk first"))
        axes.set_ylabel(language.say("Lift"))

    return draw("lift", language.say("Lift by tenth"), paint, language)


def gain(section: dict[str, Any], language: Language) -> Figure:
    """Share of churners reached over share contacted."""
    curve = np.array(section["gain_curve"])

    def paint(axes: Any) -> None:
        axes.plot(curve[:, 0], curve[:, 1], color=STAYED)
        axes.plot([0, 1], [0, 1], color=GREY, linestyle="--", linewidth=1)
        _shares(axes, language, language.say("customers contacted"), language.say("churners reached"))

    return draw(
        "gain", language.say("Gain: churners reached by contacting the most at risk"), paint, language
    )


def _shares(axes: Any, language: Language, horizontal: str, vertical: str) -> None:
    axes.xaxis.set_major_formatter(LocalPercent(language))
    axes.yaxis.set_major_formatter(LocalPercent(language))
    axes.set_xlabel(horizontal)
    axes.set_ylabel(vertical)


def reliability(section: dict[str, Any], language: Language) -> Figure:
    """Churn rate over mean probability, before and after calibration."""

    def paint(axes: Any) -> None:
        axes.plot([0, 1], [0, 1], color=GREY, linestyle="--", linewidth=1)
        for key, colour, marker, label in (
            ("raw", CHURNED, "s", language.say("before calibration")),
            ("calibrated", STAYED, "o", language.say("after calibration")),
        ):
            bins = section[key]["bins"]
            axes.plot(
                [row["mean_probability"] for row in bins],
                [row["churn_rate"] for row in bins],
                color=colour,
                marker=marker,
                label=label,
            )
        _shares(axes, language, language.say("mean probability"), language.say("churn rate"))
        axes.legend()

    return draw(
        "reliability",
        language.say("Reliability: on the line, a probability is true"),
        paint,
        language,
        (COLUMN, 4.2),
    )

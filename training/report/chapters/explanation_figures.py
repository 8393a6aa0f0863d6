"""Drawings of what the model heeds."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import fill
from typing import Any

import numpy as np
import pandas as pd

from serving.language.language import capital
from training.report.figures import (
    CHURNED,
    COLUMN,
    GREY,
    STAYED,
    Figure,
    draw,
)
from training.report.language import Language


def importance(section: dict[str, Any], language: Language) -> Figure:
    """Global importance with its spread over the folds."""
    rows = section["importance"][:20]

    def paint(axes: Any) -> None:
        places = np.arange(len(rows))[::-1]
        axes.barh(
            places,
            [row["value"] for row in rows],
            xerr=[row["folds_std"] for row in rows],
            color=STAYED,
            error_kw={"ecolor": GREY, "capsize": 2},
        )
        axes.set_yticks(places, [language.label("feature", row["feature"]) for row in rows], fontsize=8)
        axes.set_xlabel(unit_name(section["unit"], language))
        axes.grid(visible=False, axis="y")

    heading = language.say("Importance of the features; the lines show one standard deviation over the folds")
    return draw("importance", heading, paint, language, (COLUMN, 0.24 * len(rows) + 0.9))


def unit_name(unit: str, language: Language) -> str:
    """What importance and effects are measured in."""
    say = language.say
    return {
        "log_odds": say("effect on the log-odds of churn"),
        "probability": say("effect on the probability of churn"),
        "auc_loss": say("AUC lost when the feature is shuffled"),
    }[unit]


def dependence(number: int, feature: str, effects: dict[str, Any], unit: str, language: Language) -> Figure:
    """Effect of one feature over its values."""
    painters: dict[str, Callable[[Any], None]] = {
        "number": lambda axes: _of_number(axes, effects["points"], language.label("feature", feature)),
        "category": lambda axes: _of_category(axes, effects["points"], feature, language),
    }

    def paint(axes: Any) -> None:
        painters[effects["kind"]](axes)
        axes.set_ylabel(language.say("effect"))
        axes.axhline(0, color=GREY, linewidth=1)

    heading = language.say(
        "Effect of %(name)s (%(unit)s)",
        name=language.name("feature", feature),
        unit=unit_name(unit, language),
    )
    return draw(f"dependence-{number}", heading, paint, language, (COLUMN, 2.6))


def _of_number(axes: Any, effects: list[dict[str, Any]], label: str) -> None:
    points = pd.DataFrame(effects)
    axes.fill_between(points["value"], points["low"], points["high"], color=STAYED, alpha=0.2, linewidth=0)
    axes.plot(points["value"], points["effect"], color=STAYED, marker="o", markersize=3)
    axes.set_xlabel(label)


def _of_category(axes: Any, points: list[dict[str, Any]], feature: str, language: Language) -> None:
    colours = [CHURNED if point["effect"] > 0 else STAYED for point in points]
    labels = [fill(capital(language.feature_value(point["value"], feature)), 14) for point in points]
    axes.bar(range(len(points)), [point["effect"] for point in points], color=colours)
    axes.set_xticks(range(len(points)), labels, fontsize=8)
    axes.grid(visible=False, axis="x")

"""Drawings of how the model was judged: cleaning, later cohorts, more customers."""

from __future__ import annotations

from typing import Any

import numpy as np

from training.report.figures import (
    CHURNED,
    GREY,
    STAYED,
    Figure,
    draw,
)
from training.report.language import Language


def cleaning(section: dict[str, Any], language: Language) -> Figure | None:
    """Plain LightGBM on the untouched rows, before and after ENN deleted the hard ones."""
    if section["after"]["metrics"] is None:
        return None
    names = ("precision", "recall", "auc")
    labels = [language.label("metric", name) for name in names]

    def paint(axes: Any) -> None:
        places = np.arange(len(names))
        for offset, key, colour, label in (
            (-0.2, "before", STAYED, language.say("untouched rows as they are")),
            (0.2, "after", CHURNED, language.say("what ENN leaves of them")),
        ):
            values = [section[key]["metrics"][name] for name in names]
            bars = axes.bar(places + offset, values, 0.38, color=colour, label=label)
            axes.bar_label(bars, [language.number(value, 2) for value in values], fontsize=9)
        axes.set_xticks(places, labels)
        axes.set_ylim(0, 1.12)
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
        axes.grid(visible=False, axis="x")

    heading = language.say("The same model on the same customers, before and after cleaning the test rows")
    return draw("cleaning", heading, paint, language)


def out_of_time(section: dict[str, Any], language: Language) -> Figure:
    """AUC of every test cohort with its interval, beside the random split."""
    cohorts = [cohort["metrics"]["auc"] for cohort in section["cohorts"]]
    labels = [language.date(cohort["observation_date"]) for cohort in section["cohorts"]]
    random = section["random_split"]["metrics"]["auc"]

    def paint(axes: Any) -> None:
        _points(axes, [*cohorts, random], [STAYED] * len(cohorts) + [GREY])
        axes.set_xticks(range(len(labels) + 1), [*labels, language.say("random split")])
        axes.set_ylabel(language.label("metric", "auc"))

    return draw(
        "out-of-time",
        language.say("AUC of later cohorts of unseen customers, with intervals"),
        paint,
        language,
    )


def _points(axes: Any, figures: list[dict[str, Any]], colours: list[str]) -> None:
    for place, (figure, colour) in enumerate(zip(figures, colours, strict=True)):
        middle = figure["estimate"]
        spread = [[middle - min(figure["low"], middle)], [max(figure["high"], middle) - middle]]
        axes.errorbar(place, middle, spread, fmt="o", color=colour, capsize=4)
    axes.margins(x=0.15)


def learning(section: dict[str, Any], language: Language) -> Figure:
    """AUC over the number of training customers."""
    points = section["points"]
    customers = np.array([point["customers"] for point in points])
    mean = np.array([point["metrics"]["auc"]["mean"] for point in points])
    std = np.array([point["metrics"]["auc"]["std"] for point in points])

    def paint(axes: Any) -> None:
        axes.fill_between(customers, mean - std, mean + std, color=STAYED, alpha=0.18, linewidth=0)
        axes.plot(customers, mean, color=STAYED, marker="o")
        axes.set_xlabel(language.say("customers in training"))
        axes.set_ylabel(language.label("metric", "auc"))

    heading = language.say("Learning curve: mean over the folds, and one standard deviation")
    return draw("learning-curve", heading, paint, language)

"""The drawings of the evaluation chapter."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import fill
from typing import Any

import numpy as np
import pandas as pd

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

Drawings = dict[str, Any]


def drawings(found: dict[str, Any], language: Language) -> Drawings:
    """All drawings, by name; None where there is nothing to draw."""
    return {
        "cleaning": cleaning(found["protocols"]["mechanism"]["cleaning"], language),
        "out_of_time": out_of_time(found["out_of_time"], language) if found["out_of_time"] else None,
        "learning": learning(found["learning_curve"], language),
        "roc": roc(found["curves"], language),
        "precision_recall": precision_recall(found["curves"], language),
        "lift": lift(found["lift"], language),
        "gain": gain(found["lift"], language),
        "reliability": reliability(found["reliability"], language),
        "profit": profit(found["profit"], language),
        "fairness": fairness(found["fairness"], language) if found["fairness"]["attributes"] else None,
        "importance": importance(found["explanations"], language),
        "dependence": [
            dependence(number, name, told, found["explanations"]["effect_unit"], language)
            for number, (name, told) in enumerate(found["explanations"]["dependence"].items(), start=1)
        ],
    }


def cleaning(section: dict[str, Any], language: Language) -> Figure | None:
    """Plain LightGBM on the untouched rows, before and after ENN deleted the hard ones."""
    if section["after"]["metrics"] is None:
        return None
    names = ("precision", "recall", "auc")
    labels = [language.say("Precision"), language.say("Recall"), "AUC"]

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
        axes.set_ylabel("AUC")

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
        axes.set_ylabel("AUC")

    heading = language.say("Learning curve: mean over the folds, and one standard deviation")
    return draw("learning-curve", heading, paint, language)


def roc(section: dict[str, Any], language: Language) -> Figure:
    """The ROC curve."""
    curve = np.array(section["roc"])

    def paint(axes: Any) -> None:
        axes.plot(curve[:, 0], curve[:, 1], color=STAYED)
        axes.plot([0, 1], [0, 1], color=GREY, linestyle="--", linewidth=1)
        axes.set_xlabel(language.say("False positive rate"))
        axes.set_ylabel(language.say("Recall"))
        axes.set_aspect("equal")

    return draw("roc", language.say("ROC curve on the untouched part"), paint, language, (COLUMN, 4.5))


def precision_recall(section: dict[str, Any], language: Language) -> Figure:
    """The precision-recall curve."""
    curve = np.array(section["precision_recall"])

    def paint(axes: Any) -> None:
        axes.plot(curve[:, 0], curve[:, 1], color=STAYED)
        axes.axhline(section["churn_rate"], color=GREY, linestyle="--", linewidth=1)
        axes.set_xlabel(language.say("Recall"))
        axes.set_ylabel(language.say("Precision"))
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


def profit(section: dict[str, Any], language: Language) -> Figure:
    """Profit per customer over the share contacted."""
    curve = np.array(section["curve"])

    def paint(axes: Any) -> None:
        axes.plot(curve[:, 0], curve[:, 1], color=STAYED)
        axes.axhline(0, color=GREY, linewidth=1)
        best, chosen = section["best"], section["policies"]["at_threshold"]
        axes.plot(
            best["contacted_share"],
            best["profit_per_customer"],
            "o",
            color=OTHER,
            label=language.say("best here"),
        )
        axes.plot(
            chosen["contacted_share"],
            chosen["profit_per_customer"],
            "D",
            color=CHURNED,
            label=language.say("chosen on validation"),
        )
        axes.xaxis.set_major_formatter(LocalPercent(language))
        axes.set_xlabel(language.say("customers contacted"))
        axes.set_ylabel(language.say("Profit per customer"))
        axes.legend()

    return draw("profit", language.say("Profit over the share of customers contacted"), paint, language)


def fairness(section: dict[str, Any], language: Language) -> Figure:
    """False negative rates of every group with their intervals."""
    groups = [
        (f"{attribute}: {group}", figures)
        for attribute, found in section["attributes"].items()
        for group, figures in found["groups"].items()
    ]
    panels = (
        ("contact_share", language.say("Share contacted")),
        ("false_negative_rate", language.say("False negative rate")),
        ("calibration_gap", language.say("Mean probability less churn rate")),
    )
    with canvas((COLUMN, len(panels) * (0.24 * len(groups) + 0.7))) as page:
        for axes, (name, heading) in zip(page.subplots(len(panels), 1), panels, strict=True):
            for place, (_, figures) in enumerate(groups):
                _horizontal(axes, place, figures[name])
            axes.set_title(heading, fontsize=9)
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
        axes.set_yticks(places, [row["feature"] for row in rows], fontsize=8)
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


def dependence(number: int, name: str, told: dict[str, Any], unit: str, language: Language) -> Figure:
    """Effect of one feature over its values."""
    painters: dict[str, Callable[[Any], None]] = {
        "number": lambda axes: _of_number(axes, told, name),
        "category": lambda axes: _of_category(axes, told),
    }

    def paint(axes: Any) -> None:
        painters[told["kind"]](axes)
        axes.set_ylabel(language.say("effect"))
        axes.axhline(0, color=GREY, linewidth=1)

    heading = language.say(
        "Effect of %(name)s (%(unit)s)",
        name=name,
        unit=unit_name(unit, language),
    )
    return draw(f"dependence-{number}", heading, paint, language, (COLUMN, 2.6))


def _of_number(axes: Any, told: dict[str, Any], name: str) -> None:
    points = pd.DataFrame(told["points"])
    axes.fill_between(points["value"], points["low"], points["high"], color=STAYED, alpha=0.2, linewidth=0)
    axes.plot(points["value"], points["effect"], color=STAYED, marker="o", markersize=3)
    axes.set_xlabel(name)


def _of_category(axes: Any, told: dict[str, Any]) -> None:
    points = told["points"]
    colours = [CHURNED if point["effect"] > 0 else STAYED for point in points]
    axes.bar(range(len(points)), [point["effect"] for point in points], color=colours)
    axes.set_xticks(range(len(points)), [fill(str(point["value"]), 14) for point in points], fontsize=8)
    axes.grid(visible=False, axis="x")

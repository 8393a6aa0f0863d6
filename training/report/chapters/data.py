"""Data understanding: description, quality and exploration."""

from __future__ import annotations

from typing import Any

import numpy as np

from training.report.figures import CHURNED, COLUMN, INK, STAYED, Figure, LocalPercent, canvas, draw, finish
from training.report.language import Language
from training.report.source import ReportSource

DISTRIBUTIONS = ("tenure", "MonthlyCharges", "TotalCharges")


def title(language: Language) -> str:
    """The chapter's title."""
    return language.say("Data: description, quality and exploration")


def content(source: ReportSource, language: Language) -> dict[str, Any]:
    """Tables and figures of the dataset."""
    data = source.evaluation["understanding"]
    numbers = [column for column in data["columns"] if column["kind"] == "number"]
    categories = [column for column in data["columns"] if column["kind"] == "category"]
    return {
        "data": data,
        "numbers": numbers,
        "types": type_names(language),
        "categories": sorted(categories, key=lambda column: -(column["churn_association"] or 0)),
        "missing": [column for column in data["columns"] if column["missing"]],
        "cohorts": source.run["cohorts"],
        "drawn": {
            "churn": _churn(data, language),
            "distributions": _distributions(data, language),
            "pairs": _pairs(data, language),
            "categories": _categories(categories, data["churn_rate"], language),
            "correlations": _correlations(data["correlations"], language),
        },
    }


def type_names(language: Language) -> dict[str, str]:
    """What people call the types of the columns."""
    return {
        "Int64": language.say("integer"),
        "Float64": language.say("decimal"),
        "String": language.say("text"),
    }


def _churn(data: dict[str, Any], language: Language) -> Figure:
    say = language.say

    def paint(axes: Any) -> None:
        counts = [data["rows"] - data["churned"], data["churned"]]
        bars = axes.barh([say("churned"), say("stayed")], counts[::-1], color=[CHURNED, STAYED])
        labels = [language.number(count, 0) for count in counts[::-1]]
        axes.bar_label(bars, labels, padding=4)
        axes.grid(visible=False)
        axes.set_xlim(0, max(counts) * 1.15)
        axes.set_xlabel(say("rows"))

    return draw("churn-share", say("Rows that churned and rows that stayed"), paint, language, (COLUMN, 1.6))


def _distributions(data: dict[str, Any], language: Language) -> list[Figure]:
    return [
        _distribution(name, data["histograms"][name], language)
        for name in DISTRIBUTIONS
        if name in data["histograms"]
    ]


def _distribution(name: str, histogram: dict[str, Any], language: Language) -> Figure:
    say = language.say

    def paint(axes: Any) -> None:
        edges, stayed = np.array(histogram["edges"]), np.array(histogram["stayed"])
        widths = np.diff(edges)
        axes.bar(edges[:-1], stayed, widths, align="edge", color=STAYED, label=say("stayed"))
        axes.bar(
            edges[:-1],
            histogram["churned"],
            widths,
            bottom=stayed,
            align="edge",
            color=CHURNED,
            label=say("churned"),
        )
        axes.set_xlabel(language.label("feature", name))
        axes.set_ylabel(say("rows"))
        axes.legend()

    heading = say("Distribution of %(name)s, by churn", name=language.name("feature", name))
    return draw(f"distribution-{name.lower()}", heading, paint, language, (COLUMN, 2.6))


def _pairs(data: dict[str, Any], language: Language) -> Figure | None:
    names = data["pairs"]["names"]
    if len(names) < 2:
        return None
    sides = (("stayed", STAYED, "o"), ("churned", CHURNED, "x"))
    with canvas((COLUMN, COLUMN)) as page:
        grid = page.subplots(len(names), len(names), squeeze=False)
        for row, vertical in enumerate(names):
            for column, horizontal in enumerate(names):
                axes = grid[row][column]
                for side, colour, marker in sides:
                    points = np.array(data["pairs"][side])
                    if row == column:
                        axes.hist(points[:, row], bins=20, color=colour, alpha=0.6)
                    else:
                        axes.scatter(
                            points[:, column],
                            points[:, row],
                            s=4,
                            c=colour,
                            marker=marker,
                            alpha=0.5,
                            linewidths=0.8,
                        )
                axes.tick_params(labelsize=8)
                if row == len(names) - 1:
                    axes.set_xlabel(language.label("feature", horizontal), fontsize=8)
                if column == 0:
                    axes.set_ylabel(language.label("feature", vertical), fontsize=8)
        handles = [grid[0][1].collections[number] for number in (0, 1)]
        page.legend(
            handles, [language.say("stayed"), language.say("churned")], loc="outside upper center", ncols=2
        )
        return finish("pair-grid", language.say("Numbers in pairs, a sample of each class"), page, language)


def _categories(categories: list[dict[str, Any]], overall: float, language: Language) -> Figure | None:
    if not categories:
        return None
    strongest = sorted(categories, key=lambda column: -(column["churn_association"] or 0))
    bars = [(column["name"], group) for column in strongest for group in column["categories"]]

    def paint(axes: Any) -> None:
        places = np.arange(len(bars))[::-1]
        axes.barh(places, [group["churn_rate"] for _, group in bars], color=STAYED, height=0.75)
        axes.axvline(overall, color=CHURNED, linewidth=1.4, linestyle="--")
        labels = [language.category(feature, group["value"]) for feature, group in bars]
        axes.set_yticks(places, labels, fontsize=8)
        widest = max(group["churn_rate"] for _, group in bars)
        for place, (_, group) in zip(places, bars, strict=True):
            counts = _counts(group, language)
            axes.text(1.5 * widest, place, counts, va="center", ha="right", fontsize=8, color=INK)
        axes.xaxis.set_major_formatter(LocalPercent(language))
        axes.set_xlabel(language.say("churn rate"))
        axes.margins(y=0.01)
        axes.set_xlim(0, 1.5 * widest)
        axes.grid(visible=False, axis="y")

    heading = language.say(
        "Churn rate of every category, the strongest features first; on the right, how many churned of "
        "how many rows; dashed: the rate of all rows"
    )
    return draw("categories", heading, paint, language, (COLUMN, 0.2 * len(bars) + 0.8))


def _counts(group: dict[str, Any], language: Language) -> str:
    """Churned of all rows of a category: 1,655 / 3,875."""
    churned = round(group["churn_rate"] * group["rows"])
    return f"{language.number(churned, 0)} / {language.number(group['rows'], 0)}"


def _correlations(correlations: dict[str, Any], language: Language) -> Figure:
    labels = [_correlated(name, language) for name in correlations["names"]]
    matrix = np.array(correlations["pearson"], dtype=float)
    middles = np.arange(len(labels)) + 0.5

    def paint(axes: Any) -> None:
        axes.pcolormesh(matrix, cmap="PuOr_r", vmin=-1, vmax=1)
        axes.invert_yaxis()
        axes.set_aspect("equal")
        axes.set_xticks(middles, labels, rotation=60, ha="right", fontsize=8)
        axes.set_yticks(middles, labels, fontsize=8)
        axes.grid(visible=False)
        for row in range(len(labels)):
            for column in range(len(labels)):
                value = matrix[row, column]
                if np.isfinite(value):
                    colour = "white" if abs(value) > 0.6 else "black"
                    axes.text(
                        column + 0.5,
                        row + 0.5,
                        language.number(round(value, 1) + 0.0, 1),  # no minus before a zero
                        ha="center",
                        va="center",
                        fontsize=8,
                        color=colour,
                    )

    size = max(COLUMN, 0.36 * len(labels) + 1.4)
    heading = language.say("Correlations of numbers and churn (Pearson)")
    return draw("correlations", heading, paint, language, (size, size))


def _correlated(name: str, language: Language) -> str:
    """A feature, or churn itself, which the correlations name ``churned``."""
    return language.say("Churn") if name == "churned" else language.label("feature", name)

"""Segments: how many, what each measure prefers, and who is in them."""

from __future__ import annotations

import re
from typing import Any

from training.report.figures import CHURNED, COLUMN, STAYED, Figure, canvas, finish
from training.report.language import Language
from training.report.source import Told

MEASURES = ("inertia", "silhouette", "calinski_harabasz")


def title(language: Language) -> str:
    """The chapter's title."""
    return language.say("Segments")


def content(told: Told, language: Language) -> dict[str, Any]:
    """Measures over k, and the kept segments."""
    segments = told.run["segments"]
    named = {kept["name"]: segment_name(kept["name"], language) for kept in segments["kept"]}
    return {
        "segments": segments,
        "measures": measure_names(language),
        "named": named,
        "names": [named[kept["name"]] for kept in segments["kept"]],
        "profile": list(segments["kept"][0]["means"]),
        "categories": _categories(segments["kept"]),
        "k": len(segments["kept"]),
        "drawn": {"counts": _counts(segments, language)},
    }


def measure_names(language: Language) -> dict[str, str]:
    """What the measures of a segmentation are called."""
    return {
        "inertia": language.say("Inertia (elbow)"),
        "elbow": language.say("Inertia (elbow)"),
        "silhouette": language.say("Silhouette"),
        "calinski_harabasz": "Calinski-Harabasz",
    }


def _counts(segments: dict[str, Any], language: Language) -> Figure:
    names, counts = measure_names(language), segments["counts"]
    kept = len(segments["kept"])
    with canvas((COLUMN, 4.8)) as page:
        for axes, measure in zip(page.subplots(len(MEASURES), 1), MEASURES, strict=True):
            axes.plot(
                [c["k"] for c in counts], [c[measure] for c in counts], color=STAYED, marker="o", markersize=4
            )
            axes.axvline(kept, color=CHURNED, linestyle="--", linewidth=1.2)
            axes.set_title(names[measure], fontsize=10)
            axes.set_xlabel("k")
            axes.tick_params(labelsize=8)
        return finish(
            "segment-counts",
            language.say("Measures over the number of segments; dashed: kept"),
            page,
            language,
        )


def segment_name(name: str, language: Language) -> str:
    """A segment's name, which is made of traits, in the report's language.

    A number that tells equal names apart stays.
    """
    say = language.say
    traits = {
        "no internet": say("no internet"),
        "new": say("new"),
        "loyal": say("loyal"),
        "month-to-month": say("month-to-month"),
        "high value": say("high value"),
        "low value": say("low value"),
        "fibre": say("fibre"),
        "with partner": say("with partner"),
    }
    plain, number = re.fullmatch(r"(.*?)( \(\d+\))?", name).groups()  # type: ignore[union-attr]
    told = ", ".join(traits[trait] for trait in plain.lower().split(", "))
    return told[0].upper() + told[1:] + (number or "")


def _categories(kept: list[dict[str, Any]]) -> dict[str, list[str]]:
    """Every value of every category that some segment has."""
    return {
        name: sorted({value for segment in kept for value in segment["shares"][name]})
        for name in kept[0]["shares"]
    }

"""Segments: how many, what each measure prefers, and who is in them."""

from __future__ import annotations

from typing import Any

from serving.language.segment_label import segment_label
from training.report.figures import CHURNED, COLUMN, STAYED, Figure, canvas, finish
from training.report.language import Language
from training.report.source import ReportSource

MEASURES = ("inertia", "silhouette", "calinski_harabasz")
MEASURE_OF = {"elbow": "inertia"}
"""What a preferred number of segments goes by, where that has another name than the measure."""


def title(language: Language) -> str:
    """The chapter's title."""
    return language.say("Segments")


def content(source: ReportSource, language: Language) -> dict[str, Any]:
    """Measures over k, and the kept segments."""
    segments = source.run["segments"]
    matched = segments["matched"] or {"new": [], "gone": [], "moves": []}
    all_names = [kept["name"] for kept in segments["kept"]] + matched["gone"]
    all_names += [move["from"] for move in matched["moves"]]
    named = {name: segment_label(name, language.names) for name in all_names}
    return {
        "segments": segments,
        "preferred": {MEASURE_OF.get(name, name): k for name, k in segments["preferred"].items()},
        "named": named,
        "new_names": [named[name] for name in matched["new"]],
        "gone_names": [named[name] for name in matched["gone"]],
        "names": [named[kept["name"]] for kept in segments["kept"]],
        "profile": list(segments["kept"][0]["means"]),
        "categories": _categories(segments["kept"]),
        "k": len(segments["kept"]),
        "drawn": {"counts": _counts(segments, language)},
    }


def _counts(segments: dict[str, Any], language: Language) -> Figure:
    counts, kept = segments["counts"], len(segments["kept"])
    with canvas((COLUMN, 4.8)) as page:
        for axes, measure in zip(page.subplots(len(MEASURES), 1), MEASURES, strict=True):
            axes.plot(
                [c["k"] for c in counts], [c[measure] for c in counts], color=STAYED, marker="o", markersize=4
            )
            axes.axvline(kept, color=CHURNED, linestyle="--", linewidth=1.2)
            axes.set_title(language.label("metric", measure), fontsize=10)
            axes.set_xlabel("k")
            axes.tick_params(labelsize=8)
        return finish(
            "segment-counts",
            language.say("Measures over the number of segments; dashed: kept"),
            page,
            language,
        )


def _categories(kept: list[dict[str, Any]]) -> dict[str, list[str]]:
    """Every value of every category that some segment has."""
    return {
        name: sorted({value for segment in kept for value in segment["shares"][name]})
        for name in kept[0]["shares"]
    }

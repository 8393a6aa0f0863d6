"""The drawings of the evaluation chapter, by name; each is in the module of what it shows."""

from __future__ import annotations

from typing import Any

from training.report.chapters.decision_figures import fairness, profit
from training.report.chapters.explanation_figures import dependence, importance
from training.report.chapters.protocol_figures import cleaning, learning, out_of_time
from training.report.chapters.ranking_figures import gain, lift, precision_recall, reliability, roc
from training.report.figures import Figure
from training.report.language import Language

Drawings = dict[str, Any]


def drawings(found: dict[str, Any], language: Language) -> Drawings:
    """All drawings, by name; None where there is nothing to draw."""
    return {
        "cleaning": _cleaning(found["protocols"], language),
        "out_of_time": out_of_time(found["out_of_time"], language) if found["out_of_time"] else None,
        "learning": learning(found["learning_curve"], language) if found["learning_curve"] else None,
        "roc": roc(found["curves"], language),
        "precision_recall": precision_recall(found["curves"], language),
        "lift": lift(found["lift"], language),
        "gain": gain(found["lift"], language),
        "reliability": reliability(found["reliability"], language),
        "profit": profit(found["profit"], language),
        "fairness": fairness(found["fairness"], language) if found["fairness"]["attributes"] else None,
        "importance": importance(found["explanations"], language),
        "dependence": [
            dependence(number, feature, effects, found["explanations"]["effect_unit"], language)
            for number, (feature, effects) in enumerate(found["explanations"]["dependence"].items(), start=1)
        ],
    }


def _cleaning(protocols: dict[str, Any] | None, language: Language) -> Figure | None:
    return cleaning(protocols["mechanism"]["cleaning"], language) if protocols else None

"""Decision: why this champion, and from which probability on a customer is contacted."""

from __future__ import annotations

from typing import Any

from training.report.language import Language
from training.report.source import ReportSource


def title(language: Language) -> str:
    """The chapter's title."""
    return language.say("Decision")


def content(source: ReportSource, language: Language) -> dict[str, Any]:
    """The champion with its margin over the runner-up, and the threshold."""
    comparison = source.evaluation["comparison"]
    second = comparison["runner_up"]
    chosen_by = source.run["settings"]["champion_by"]
    # Brier is calibrated wherever scores are compared.
    metric = "brier" if chosen_by == "brier_calibrated" else chosen_by
    return {
        "champion": language.arm(comparison["champion"]),
        "runner_up": language.arm(second) if second else None,
        "chosen_by": language.name("metric", chosen_by),
        "margin": comparison["cross_validation"][metric] if second else None,
        "untouched": comparison["untouched"][metric] if second else None,
        "thresholds": source.evaluation["thresholds"],
        "floor": source.evaluation["thresholds"]["floor"],
    }

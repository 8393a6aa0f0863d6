"""Decision: why this champion, and from which probability on a customer is contacted."""

from __future__ import annotations

from typing import Any

from training.report.language import Language
from training.report.names import arm_name, metric_names
from training.report.source import Told


def title(language: Language) -> str:
    """The chapter's title."""
    return language.say("Decision")


def content(told: Told, language: Language) -> dict[str, Any]:
    """The champion with its margin over the runner-up, and the threshold."""
    comparison = told.evaluation["comparison"]
    second = comparison["runner_up"]
    chosen_by = told.run["settings"]["champion_by"]
    # Brier is calibrated wherever scores are compared.
    metric = "brier" if chosen_by == "brier_calibrated" else chosen_by
    return {
        "champion": arm_name(comparison["champion"], language),
        "runner_up": arm_name(second, language) if second else None,
        "chosen_by": metric_names(language)[chosen_by],
        "margin": comparison["cross_validation"][metric] if second else None,
        "untouched": comparison["untouched"][metric] if second else None,
        "thresholds": told.evaluation["thresholds"],
        "floor": told.evaluation["thresholds"]["floor"],
    }

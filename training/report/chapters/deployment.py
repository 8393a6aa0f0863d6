"""Deployment: what is served, and how."""

from __future__ import annotations

from typing import Any

from training.report.language import Language
from training.report.source import ReportSource


def title(language: Language) -> str:
    """The chapter's title."""
    return language.say("Deployment")


def content(source: ReportSource, language: Language) -> dict[str, Any]:
    """The registered model as it is served."""
    return {
        "tag": source.run["model"],
        "service": source.run["feature_service"],
        "fingerprint": source.run["feature_service_fingerprint"],
        "features": len(source.run["features"]),
        "libraries": source.evaluation["model"]["metadata"]["library_versions"],
        "dates": [language.date(cohort["observation_date"]) for cohort in source.run["cohorts"]],
    }

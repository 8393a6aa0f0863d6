"""Deployment: what is served, and how."""

from __future__ import annotations

from typing import Any

from training.report.language import Language
from training.report.source import Told


def title(language: Language) -> str:
    """The chapter's title."""
    return language.say("Deployment")


def content(told: Told, language: Language) -> dict[str, Any]:
    """The registered model as it is served."""
    return {
        "tag": told.run["model"],
        "service": told.run["feature_service"],
        "fingerprint": told.run["feature_service_fingerprint"],
        "features": told.run["features"],
        "libraries": told.evaluation["model"]["metadata"]["library_versions"],
        "dates": [language.date(cohort["observation_date"]) for cohort in told.run["cohorts"]],
    }

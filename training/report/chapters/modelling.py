"""Modelling: the arms, their parameters, and tuning."""

from __future__ import annotations

from typing import Any

import numpy as np

from training.report.language import Language
from training.report.names import arm_name, classifier_name, metric_names
from training.report.told import Told

SHOWN = (
    "precision",
    "recall",
    "f1",
    "auc",
    "average_precision",
    "kappa",
    "mcc",
    "brier",
    "brier_calibrated",
    "empc",
)


def title(language: Language) -> str:
    """The chapter's title."""
    return language.say("Modelling")


def content(told: Told, language: Language) -> dict[str, Any]:
    """Every arm with its cross-validated figures."""
    names, arms = metric_names(language), told.run["arms"]
    shown = [name for name in SHOWN if name in arms[0]["folds"][0]]
    rows = [
        [arm_name(split_name(arm["arm"]), language), *_means(arm["folds"], shown, language)] for arm in arms
    ]
    chosen = f"{told.run['arm']['sampler']}+{told.run['arm']['classifier']}"
    settings = told.run["settings"]
    return {
        "head": [language.say("Arm"), *(names[name] for name in shown)],
        "rows": rows,
        "chosen": [arm["arm"] for arm in arms].index(chosen),
        "folds": len(arms[0]["folds"]),
        "untouched": settings["split"]["test_share"],
        "parameters": {
            classifier_name(name, language): ", ".join(f"{key} = {value}" for key, value in values.items())
            for name, values in settings["classifiers"].items()
        },
        "tuning": told.evaluation.get("tuning"),
        "seed": settings["seed"],
        "neighbour_rows": settings["resampling"]["neighbour_rows"],
    }


def split_name(name: str) -> dict[str, str]:
    """``smote+lightgbm`` as sampler and classifier."""
    sampler, _, classifier = name.partition("+")
    return {"sampler": sampler, "classifier": classifier}


def _means(folds: list[dict[str, float]], shown: list[str], language: Language) -> list[str]:
    return [
        language.number(float(np.mean([fold[name] for fold in folds])), 2 if name == "empc" else 3)
        for name in shown
    ]

"""Modelling: the arms, their parameters, and tuning."""

from __future__ import annotations

from typing import Any

import numpy as np

from training.report.language import Language
from training.report.names import arm_name, classifier_name, metric_names
from training.report.source import Told

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
        "tuning": tuning(told, language),
        "seed": settings["seed"],
        "neighbour_rows": settings["resampling"]["neighbour_rows"],
    }


def tuning(told: Told, language: Language) -> dict[str, Any] | None:
    """Default and tuned parameters of every arm that was searched, None when none was."""
    found = told.evaluation.get("tuning")
    if found is None:
        return None
    uses = {
        "tuned": language.say("The champion was fitted with the tuned parameters of its arm."),
        "default": language.say("The champion was fitted with the default parameters of its arm."),
        "both": language.say("No trial beat the default parameters of the champion's arm, which it uses."),
        "neither": language.say("The champion's arm or parameters are not those of this search."),
    }
    metric = found["metric"]
    return {
        **found,
        "metric": metric_names(language)[metric],
        "tried": found["trials"]["complete"] + found["trials"]["pruned"],
        "rows": [_before_and_after(arm, metric, language) for arm in found["arms"]],
        "parameters": {
            arm_name(arm["arm"], language): _told(arm["tuned"]["parameters"]) for arm in found["arms"]
        },
        "uses": uses[found["champion_uses"]],
    }


def _before_and_after(arm: dict[str, Any], metric: str, language: Language) -> list[str]:
    untouched = arm["untouched"]["brier" if metric == "brier_calibrated" else metric]
    return [
        arm_name(arm["arm"], language),
        *(language.number(arm[side]["cross_validation"][metric]["mean"], 4) for side in ("default", "tuned")),
        *(language.number(untouched[side], 4) for side in ("second", "first")),
        language.interval(untouched["difference"], 4),
    ]


def _told(parameters: dict[str, Any]) -> str:
    texts = {
        key: f"{value:.4g}" if isinstance(value, float) else "null" if value is None else str(value)
        for key, value in parameters.items()
    }
    return ", ".join(f"{key} = {text}" for key, text in texts.items())


def split_name(name: str) -> dict[str, str]:
    """``smote+lightgbm`` as sampler and classifier."""
    sampler, _, classifier = name.partition("+")
    return {"sampler": sampler, "classifier": classifier}


def _means(folds: list[dict[str, float]], shown: list[str], language: Language) -> list[str]:
    return [
        language.number(float(np.mean([fold[name] for fold in folds])), 2 if name == "empc" else 3)
        for name in shown
    ]

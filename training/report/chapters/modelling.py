"""Modelling: the arms, their parameters, and tuning."""

from __future__ import annotations

from typing import Any

import numpy as np

from training.report.language import Language
from training.report.source import ReportSource

ARM_METRICS = (
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


def content(source: ReportSource, language: Language) -> dict[str, Any]:
    """Every arm with its cross-validated figures."""
    arms = source.run["arms"]
    metrics = [name for name in ARM_METRICS if name in arms[0]["folds"][0]]
    rows = [
        [language.arm_label(split_name(arm["arm"])), *_means(arm["folds"], metrics, language)] for arm in arms
    ]
    chosen = f"{source.run['arm']['sampler']}+{source.run['arm']['classifier']}"
    settings = source.run["settings"]
    return {
        "head": [language.say("Arm"), *(language.label("metric", name) for name in metrics)],
        "rows": rows,
        "chosen": [arm["arm"] for arm in arms].index(chosen),
        # A run of an earlier version has no such entries, because it left no arm out.
        "left_out": [
            [language.arm_label(one["arm"]), one["reason"]] for one in source.run.get("left_out", [])
        ],
        "notes": source.run.get("notes", []),
        "folds": len(arms[0]["folds"]),
        "untouched": settings["split"]["test_share"],
        "parameters": {
            language.label("classifier", name): ", ".join(f"{key} = {value}" for key, value in values.items())
            for name, values in settings["classifiers"].items()
        },
        "tuning": tuning(source, language),
        "seed": settings["seed"],
        "neighbour_rows": settings["resampling"]["neighbour_rows"],
    }


def tuning(source: ReportSource, language: Language) -> dict[str, Any] | None:
    """Default and tuned parameters of every arm that was searched, None when none was."""
    found = source.evaluation.get("tuning")
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
        "metric": language.name("metric", metric),
        "tried": found["trials"]["complete"] + found["trials"]["pruned"],
        "rows": [_before_and_after(arm, metric, language) for arm in found["arms"]],
        "parameters": {
            language.arm_label(arm["arm"]): _parameters_text(arm["tuned"]["parameters"])
            for arm in found["arms"]
        },
        "uses": uses[found["champion_uses"]],
    }


def _before_and_after(arm: dict[str, Any], metric: str, language: Language) -> list[str]:
    untouched = arm["untouched"]["brier" if metric == "brier_calibrated" else metric]
    return [
        language.arm_label(arm["arm"]),
        *(language.number(arm[side]["cross_validation"][metric]["mean"], 4) for side in ("default", "tuned")),
        *(language.number(untouched[side], 4) for side in ("second", "first")),
        language.interval(untouched["difference"], 4),
    ]


def _parameters_text(parameters: dict[str, Any]) -> str:
    texts = {
        key: f"{value:.4g}" if isinstance(value, float) else "null" if value is None else str(value)
        for key, value in parameters.items()
    }
    return ", ".join(f"{key} = {text}" for key, text in texts.items())


def split_name(name: str) -> dict[str, str]:
    """``smote+lightgbm`` as sampler and classifier."""
    sampler, _, classifier = name.partition("+")
    return {"sampler": sampler, "classifier": classifier}


def _means(folds: list[dict[str, float]], metrics: list[str], language: Language) -> list[str]:
    return [
        language.number(float(np.mean([fold[name] for fold in folds])), 2 if name == "empc" else 3)
        for name in metrics
    ]

"""Evaluation: how good the champion is, how sure that is, and why the published figures are higher."""

from __future__ import annotations

from typing import Any

from serving.explain.reason_text import reason_text
from serving.explain.reasons import Reason
from training.report.chapters.evaluation_figures import drawings
from training.report.chapters.leak_audit import strongest, suspects
from training.report.language import NO_BREAK, NOTHING, Language
from training.report.source import ReportSource

PROTOCOL_METRICS = ("precision", "recall", "f1", "auc")
HEADLINE = (
    "auc",
    "average_precision",
    "brier",
    "log_loss",
    "ece",
    "lift_top_decile",
    "empc",
    "empc_contacted_share",
    "contact_share",
    "precision",
    "recall",
    "f1",
    "kappa",
    "mcc",
    "accuracy",
    "profit_per_customer",
)
SHARES = frozenset({"empc_contacted_share", "contact_share", "precision", "recall", "accuracy"})
MONEY = frozenset({"empc", "profit_per_customer", "lift_top_decile"})
COHORT_METRICS = ("auc", "average_precision", "ece", "lift_top_decile", "precision", "recall")
FAIRNESS = (
    "contact_share",
    "false_positive_rate",
    "false_negative_rate",
    "precision",
    "calibration_gap",
    "auc",
)


def title(language: Language) -> str:
    """The chapter's title."""
    return language.say("Evaluation")


def content(source: ReportSource, language: Language) -> dict[str, Any]:
    """Tables and figures of every section of the evaluation."""
    found = source.evaluation
    return {
        **both_protocols(found, language),
        "headline": headline(found["headline"], language),
        "draws": found["headline"]["draws"],
        "comparison": comparison(found["comparison"], language),
        "against_champion": against_champion(source.run.get("against_champion"), language),
        "out_of_time": out_of_time(found["out_of_time"], language),
        "snapshot": source.run["cohorts"][0]["window_end"] is None,
        "out_of_time_missing": found["out_of_time_missing"],
        **learning_curve(found, language),
        "lift": found["lift"],
        "reliability": found["reliability"],
        "profit": found["profit"],
        "thresholds": found["thresholds"],
        "fairness": fairness(found["fairness"], language),
        "audited": len(found["audit"]["features"]),
        "suspects": suspects(found["audit"], language),
        "strongest": strongest(found["audit"], language),
        "bands_left_out": [
            [language.label("feature", name), reason] for name, reason in found["audit"]["left_out"].items()
        ],
        "method": method(found["explanations"]["method"], language),
        "explained": found["explanations"],
        "examples": examples(found["explanations"], language),
        "drawn": drawings(found, language),
    }


def both_protocols(found: dict[str, Any], language: Language) -> dict[str, Any]:
    """Both protocols and what makes the difference; only ``protocols_missing``, why, where there are none."""
    section = found["protocols"]
    if section is None:
        return {"protocols_missing": found["protocols_missing"]}
    return {
        "protocols_missing": None,
        "protocol_metrics": PROTOCOL_METRICS,
        "protocols": protocols(section, language),
        "samplers_left_out": [
            [language.label("sampler", one["sampler"]), one["reason"]] for one in section["left_out"]
        ],
        "mechanism": section["mechanism"],
        "sampler": language.name("sampler", section["mechanism"]["copies"]["sampler"]),
    }


def learning_curve(found: dict[str, Any], language: Language) -> dict[str, Any]:
    """The learning curve; only ``learning_curve_missing``, why, where there is none."""
    section = found["learning_curve"]
    if section is None:
        return {"learning_curve_missing": found["learning_curve_missing"]}
    return {
        "learning_curve_missing": None,
        "learning": section,
        "shares_left_out": [
            [language.percent(one["share"], 0), one["reason"]] for one in section["left_out"]
        ],
    }


def figure_text(name: str, figure: dict[str, Any], language: Language) -> str:
    """A figure with its interval, as its metric is usually written."""
    if name in SHARES:
        return language.interval(figure, percent=True)
    return language.interval(figure, 2 if name in MONEY else 3)


def examples(section: dict[str, Any], language: Language) -> list[dict[str, Any]]:
    """A few customers, each with its reasons in the words of the service."""
    return [
        {
            "probability": example["probability"],
            "reasons": [reason_text(Reason(**reason), language.names) for reason in example["reasons"]],
        }
        for example in section["examples"]
    ]


def protocols(section: dict[str, Any], language: Language) -> list[dict[str, Any]]:
    """One row an arm: honest figures, published ones, and the published arm on untouched rows."""
    honest = {tuple(row["arm"].values()): row["cross_validation"] for row in section["honest"]}
    rows = []
    for row in section["published"]:
        fair = honest.get(tuple(row["arm"].values()))
        figures = (fair, row["metrics"], row["on_untouched"])
        rows.append(
            {
                "arm": language.arm_label(row["arm"]),
                "cells": [
                    language.number(figure[name] if figure else None)
                    for figure in figures
                    for name in PROTOCOL_METRICS
                ],
            }
        )
    return rows


def headline(section: dict[str, Any], language: Language) -> list[list[str]]:
    """Every headline figure on the folds and on the untouched part."""
    return [
        [
            language.label("metric", name),
            *(figure_text(name, section[part][name], language) for part in ("cross_validation", "untouched")),
        ]
        for name in HEADLINE
    ]


def comparison(section: dict[str, Any], language: Language) -> dict[str, Any] | None:
    """Champion and runner-up on the untouched part."""
    if section["runner_up"] is None:
        return None
    return {
        "champion": language.arm_label(section["champion"]),
        "runner_up": language.arm_label(section["runner_up"]),
        "rows": _paired(section["untouched"], language),
        "left_out": [[language.arm_label(one["arm"]), one["reason"]] for one in section["left_out"]],
    }


def against_champion(section: dict[str, Any] | None, language: Language) -> dict[str, Any] | None:
    """The outcome against the champion that the run found; None of a run that found none."""
    if section is None:
        return None
    key, values = section["statement"]["key"], section["statement"]["values"]
    return {
        "said": language.names.say(key, **values),
        "rows": _paired(section["metrics"], language),
    }


def _paired(figures: dict[str, dict[str, Any]], language: Language) -> list[list[str]]:
    return [
        [
            language.label("metric", name),
            language.number(figure["first"], 4),
            language.number(figure["second"], 4),
            language.interval(figure["difference"], 4),
            language.percent(figure["share_better"], 0),
        ]
        for name, figure in figures.items()
    ]


def out_of_time(section: dict[str, Any] | None, language: Language) -> dict[str, Any] | None:
    """One row a test cohort, and one for the random split."""
    if section is None:
        return None
    rows = [
        [
            language.date(cohort["observation_date"]),
            language.number(len(cohort["train_dates"]), 0),
            language.number(cohort["rows"], 0),
            language.percent(cohort["churn_rate"]),
            *(figure_text(name, cohort["metrics"][name], language) for name in COHORT_METRICS),
        ]
        for cohort in section["cohorts"]
    ]
    split = section["random_split"]
    rows.append(
        [
            language.say("random split"),
            NOTHING,
            language.number(split["rows"], 0),
            language.percent(split["churn_rate"]),
            *(figure_text(name, split["metrics"][name], language) for name in COHORT_METRICS),
        ]
    )
    rows.append(_five_fold(section, language))
    return {
        "rows": rows,
        "metrics": [language.label("metric", name) for name in COHORT_METRICS],
        "left_out": [[language.date(one["observation_date"]), one["reason"]] for one in section["left_out"]],
        "notes": section["notes"],
    }


def _five_fold(section: dict[str, Any], language: Language) -> list[str]:
    """Mean and standard deviation over the folds, where the figure means the same as the cohorts'."""
    cells = [NOTHING] * len(COHORT_METRICS)
    for name in ("auc", "average_precision"):
        figure = section["five_fold"][name]
        mean, std = language.number(figure["mean"]), language.number(figure["std"])
        cells[COHORT_METRICS.index(name)] = f"{mean} ±{NO_BREAK}{std}"
    label = language.say("cross-validation, %(folds)s folds", folds=section["folds"])
    return [label, NOTHING, NOTHING, NOTHING, *cells]


def fairness(section: dict[str, Any], language: Language) -> dict[str, Any]:
    """One row a group, and the largest differences."""
    rows, gaps, left_out = [], [], []
    for attribute, found in section["attributes"].items():
        for group, figures in found["groups"].items():
            cells = [
                language.interval(figures[name], 3, percent=name not in ("auc", "calibration_gap"))
                for name in FAIRNESS
            ]
            rows.append(
                [
                    language.category(attribute, group),
                    language.number(figures["rows"], 0),
                    language.percent(figures["churn_rate"]),
                    *cells,
                ]
            )
        for group in found["left_out"]:
            left_out.append(language.category(attribute, group))
        if found["differences"]:
            differences = [language.interval(found["differences"][name]) for name in FAIRNESS]
            gaps.append([language.label("feature", attribute), *differences])
    return {
        "rows": rows,
        "gaps": gaps,
        "left_out": left_out,
        "absent": [language.name("feature", attribute) for attribute in section["absent"]],
        "metrics": [language.label("metric", name) for name in FAIRNESS],
    }


def method(name: str, language: Language) -> str:
    """How importance was found."""
    say = language.say
    return {
        "tree_shap": say(
            "Importance is the mean size of a feature's contribution to the log-odds: exact Shapley values "
            "of the trees, from the booster itself, added up over a feature's columns."
        ),
        "linear": say(
            "Importance is the mean size of a feature's part of the log-odds: "
            "coefficient times distance from the mean."
        ),
        "permutation": say(
            "Importance is what AUC is lost when a feature is shuffled on the untouched part; "
            "effects are the forest's own, along the paths of its trees."
        ),
    }[name]

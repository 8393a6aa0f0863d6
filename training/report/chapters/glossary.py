"""Glossary: the terms of the report, in plain words."""

from __future__ import annotations

from functools import partial
from typing import Any

from training.report.language import Language
from training.report.source import ReportSource


def title(language: Language) -> str:
    """The chapter's title."""
    return language.say("Glossary")


def content(source: ReportSource, language: Language) -> dict[str, Any]:  # noqa: ARG001 -- as every chapter
    """Terms with their meaning, in the order of the language's own terms."""
    say, metric = language.say, partial(language.label, "metric")
    terms = {
        say("Churn"): say("A customer leaves."),
        metric("precision"): say("Of those contacted, the share that really churned."),
        metric("recall"): say("Of those who churned, the share that was contacted."),
        metric("auc"): say(
            "The chance that a customer who churned has a higher probability than one who stayed."
        ),
        metric("average_precision"): say(
            "The mean precision over all recalls: one figure for the whole precision-recall curve."
        ),
        metric("brier"): say(
            "The mean squared distance of the probability from what happened; lower is better."
        ),
        say("Calibration"): say(
            "Making probabilities true: of the customers who get three in ten, three in ten churn."
        ),
        metric("ece"): say("How far, on average, the probability of a group lies from its churn rate."),
        say("Lift"): say("How much more often a group churns than the average customer."),
        metric("empc"): say(
            "Expected maximum profit: what the best campaign with this ranking earns per customer, "
            "over how likely offers are taken."
        ),
        metric("kappa"): say("Agreement beyond what chance would give."),
        metric("mcc"): say("Correlation of the prediction and what happened."),
        say("Champion"): say("The arm that is served."),
        say("Arm"): say("One sampler with one classifier."),
        say("Sampler"): say("A method that changes the share of churners that a classifier is fitted on."),
        say("Untouched part"): say(
            "Customers that were set aside before anything else and are judged on once."
        ),
        say("Interval"): say(
            "Where the figure would lie in most samples of customers like these (bootstrap over customers)."
        ),
        say("Leak"): say("Something in the data that could not have been known when the decision was taken."),
    }
    return {"terms": dict(sorted(terms.items(), key=lambda term: term[0].casefold()))}

"""Settings of the evaluation: bootstrap draws, out-of-time cohorts, the published protocol."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from training.settings.base import ClassifierName, Positive, SettingsBase


class PublishedSettings(SettingsBase):
    """The published study's protocol, run for comparison: resample everything, then split.

    Attributes
    ----------
    test_share : float
        Share of the resampled rows that is judged on.
    classifiers : mapping of str to mapping
        As ``Settings.classifiers``; empty parameters are the libraries' defaults.
    """

    test_share: Annotated[float, Field(gt=0.0, lt=0.9)]
    classifiers: dict[ClassifierName, dict[str, Any]]


class OutOfTimeSettings(SettingsBase):
    """Cohorts of the out-of-time evaluation; needs dated history.

    Attributes
    ----------
    cohorts : int
        Observation dates, counted back from the last one whose window is over.
    every_months : int
        Months between two of them.
    test_cohorts : int
        How many of the latest are tested on; each is scored by a model of the cohorts whose window was over
        by then.
    """

    cohorts: Annotated[int, Field(ge=2)]
    every_months: Positive
    test_cohorts: Positive


class EvaluationSettings(SettingsBase):
    """Bootstrap draws, learning curve, groups, and the evaluations with fits of their own.

    Attributes
    ----------
    draws : int
        Bootstrap draws behind every interval.
    learning_shares : tuple of float
        Shares of the training customers at which the learning curve is taken.
    fairness_attributes : tuple of str
        Features by whose groups error rates, calibration and contacts are compared.
    permutation_repeats : int
        Shuffles of every feature for permutation importance.
    out_of_time : OutOfTimeSettings
    published : PublishedSettings
    """

    draws: Annotated[int, Field(ge=100)]
    learning_shares: Annotated[tuple[float, ...], Field(min_length=2)]
    fairness_attributes: tuple[str, ...]
    permutation_repeats: Positive
    out_of_time: OutOfTimeSettings
    published: PublishedSettings

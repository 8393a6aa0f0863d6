"""Settings of the evaluation: profit, decision, intervals, out-of-time cohorts, the published protocol."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from training.settings.base import ClassifierName, Frozen, Positive


class ProfitSettings(Frozen):
    """What keeping a customer is worth and what an offer costs, in the currency of the charges.

    The defaults are those of Verbraken, Verbeke and Baesens (2013), "A novel profit maximizing metric for
    measuring classification performance of customer churn prediction models", IEEE TKDE 25(5).

    Attributes
    ----------
    acceptance_alpha, acceptance_beta : float
        Beta distribution of the probability that a customer who would leave takes the offer and stays.
    customer_value : float
        Mean value of a kept customer (CLV).
    offer_cost : float
        Cost of an offer that is taken (d).
    contact_cost : float
        Cost of contacting a customer (f).
    value_column : str or None
        A number among the features that a customer's own value is proportional to, with ``customer_value`` as
        its mean; None gives everybody the same value.
    """

    acceptance_alpha: Annotated[float, Field(gt=0)] = 6.0
    acceptance_beta: Annotated[float, Field(gt=0)] = 14.0
    customer_value: Annotated[float, Field(gt=0)] = 200.0
    offer_cost: Annotated[float, Field(ge=0)] = 10.0
    contact_cost: Annotated[float, Field(ge=0)] = 1.0
    value_column: str | None = "MonthlyCharges"

    @model_validator(mode="after")
    def _worth_an_offer(self) -> ProfitSettings:
        if self.customer_value <= self.offer_cost:
            raise ValueError(
                f"customer_value = {self.customer_value} is not above offer_cost = {self.offer_cost}: "
                "no offer can pay"
            )
        return self


class DecisionSettings(Frozen):
    """From which probability on a customer is contacted.

    Attributes
    ----------
    rule : str
        ``profit``: where the expected profit of a contact turns positive; ``precision_floor``: as low as the
        floor allows.
    precision_floor : float
        Least share of real churners among those contacted.
    confidence : float
        How sure the floor must be, on a one-sided lower bound.
    """

    rule: Literal["profit", "precision_floor"] = "profit"
    precision_floor: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.8
    confidence: Annotated[float, Field(gt=0.5, lt=1.0)] = 0.9


class PublishedSettings(Frozen):
    """The published study's protocol, run for comparison: resample everything, then split.

    Attributes
    ----------
    test_share : float
        Share of the resampled rows that is judged on.
    classifiers : mapping of str to mapping
        As ``Settings.classifiers``; empty parameters are the libraries' defaults.
    """

    test_share: Annotated[float, Field(gt=0.0, lt=0.9)] = 0.2
    classifiers: dict[ClassifierName, dict[str, Any]] = {}


class OutOfTimeSettings(Frozen):
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

    cohorts: Annotated[int, Field(ge=2)] = 6
    every_months: Positive = 3
    test_cohorts: Positive = 3


class EvaluationSettings(Frozen):
    """How sure the figures are made.

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

    draws: Annotated[int, Field(ge=100)] = 1000
    learning_shares: Annotated[tuple[float, ...], Field(min_length=2)] = (0.1, 0.2, 0.4, 0.6, 0.8, 1.0)
    fairness_attributes: tuple[str, ...] = ("gender", "SeniorCitizen", "Partner", "Dependents")
    permutation_repeats: Positive = 5
    out_of_time: OutOfTimeSettings = OutOfTimeSettings()
    published: PublishedSettings = PublishedSettings()

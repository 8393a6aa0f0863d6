"""Settings of profit: what a customer is worth and what an offer costs."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from training.settings.base import SettingsBase


class ProfitSettings(SettingsBase):
    """What keeping a customer is worth and what an offer costs, in the currency of the charges.

    The model is that of Verbraken, Verbeke and Baesens (2013), "A novel profit maximizing metric for
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

    acceptance_alpha: Annotated[float, Field(gt=0)]
    acceptance_beta: Annotated[float, Field(gt=0)]
    customer_value: Annotated[float, Field(gt=0)]
    offer_cost: Annotated[float, Field(ge=0)]
    contact_cost: Annotated[float, Field(ge=0)]
    value_column: str | None

    @model_validator(mode="after")
    def _worth_an_offer(self) -> ProfitSettings:
        if self.customer_value <= self.offer_cost:
            raise ValueError(
                f"customer_value = {self.customer_value} is not above offer_cost = {self.offer_cost}: "
                "no offer can pay"
            )
        return self

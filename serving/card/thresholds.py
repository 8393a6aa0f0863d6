"""The probability from which a customer is contacted, as training chose it on validation rows."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from serving.card.field_types import Number, Share, StrictModel

RuleName = Literal["profit", "precision_floor"]


class Outcome(StrictModel):
    """What a threshold does to the untouched part. Profit is in the currency of the charges."""

    precision: Share | None = Field(description="null when nobody is contacted")
    recall: Share
    contact_share: Share
    profit_per_customer: Number


class Rule(StrictModel):
    """One rule's threshold."""

    threshold: Share | None = Field(description="customers at or above it are contacted; null: nobody")
    untouched: Outcome


class PrecisionFloor(Rule):
    """The threshold that keeps the precision above a floor."""

    floor: Share = Field(description="least share of real churners among those contacted")
    confidence: Share = Field(description="how sure the floor was to be")
    lower_bound: Share = Field(
        description="one-sided lower bound of the precision; the best there is if too low"
    )
    next_time: Share | None = Field(description="chance that the next campaign holds the floor")


class Thresholds(StrictModel):
    """Both rules, and the threshold of the one that the settings named."""

    rule: RuleName
    chosen: Share | None = Field(description="the threshold of `rule`; null: nobody is contacted")
    profit: Rule
    precision_floor: PrecisionFloor

    @model_validator(mode="after")
    def _is_the_rules(self) -> Thresholds:
        rules: dict[RuleName, Rule] = {"profit": self.profit, "precision_floor": self.precision_floor}
        if rules[self.rule].threshold != self.chosen:
            raise ValueError(f"chosen = {self.chosen} is not the threshold of the rule {self.rule}")
        return self

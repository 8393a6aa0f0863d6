"""What a planned campaign is: its facts, and one row per customer."""

from __future__ import annotations

from datetime import date
from typing import Literal

import pyarrow as pa
from pydantic import AwareDatetime, BaseModel, ConfigDict

from serving.campaigns.candidates import Effects

Arm = Literal["offer", "holdout", "control"]
ARMS: tuple[Arm, ...] = ("offer", "holdout", "control")
SCHEMA = pa.schema(
    [
        ("customerID", pa.string()),
        ("campaign", pa.string()),
        ("arm", pa.string()),
        ("offer", pa.string()),
        ("planned_offer", pa.string()),
        ("message_es", pa.string()),
        ("message_en", pa.string()),
        ("channel", pa.string()),
        ("reasons_es", pa.string()),
        ("reasons_en", pa.string()),
        ("segment", pa.string()),
        ("probability", pa.float64()),
        ("effect", pa.float64()),
        ("value", pa.float64()),
        ("cost", pa.float64()),
        ("expected_profit", pa.float64()),
        ("probability_of_arm", pa.float64()),
        ("household", pa.string()),
        ("stratum", pa.string()),
    ]
)
"""Who is held out or in the control group has `none` as `offer`, and neither message nor channel."""


class Allocated(BaseModel):
    """How the offers were given out; profits are of all arms."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    method: Literal["exact", "greedy"]
    profit: float
    bound: float
    gap: float


class Plan(BaseModel):
    """The facts of a campaign.

    `starts` is its first day and `ends` the day after its last; in between it is running. `considered`,
    `worthwhile` and `suppressed` count customers. `expected_cost` and `expected_profit` are of the arm
    `offer`. `churn` is the mean probability of leaving without an offer, `expected_fall` the relative fall of
    it that is expected, and `smallest_fall` the smallest that can be seen.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1]
    name: str
    seed: int
    starts: date
    ends: date
    planned_at: AwareDatetime
    model: str
    effects: Effects
    budget: float
    holdout: float
    control_share: float
    caps: dict[str, int]
    considered: int
    suppressed: int
    reasons: dict[str, int]
    worthwhile: int
    arms: dict[Arm, int]
    offers: dict[str, int]
    expected_cost: float
    expected_profit: float
    churn: float
    expected_fall: float
    smallest_fall: float | None
    allocation: Allocated

"""Settings of the decision: the rule that chooses the threshold."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from training.settings.base import SettingsBase


class DecisionSettings(SettingsBase):
    """The rule that chooses the threshold from which a customer is contacted.

    Attributes
    ----------
    rule : str
        ``profit``: where the expected profit of a contact turns positive; ``precision_floor``: as low as the
        floor allows.
    precision_floor : float
        Least share of real churners among those contacted.
    confidence : float
        Confidence of the one-sided lower bound that must reach the floor.
    """

    rule: Literal["profit", "precision_floor"]
    precision_floor: Annotated[float, Field(gt=0.0, lt=1.0)]
    confidence: Annotated[float, Field(gt=0.5, lt=1.0)]

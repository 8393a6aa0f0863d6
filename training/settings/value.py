"""Settings of value: what is earned by a customer who is kept, month by month."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from training.settings.base import SettingsBase


class ValueSettings(SettingsBase):
    """What a month of a customer is worth where a survival model says how many there will be.

    Attributes
    ----------
    margin : float
        Share of the monthly charge that is margin.
    yearly_discount : float
        What a payment in a year is worth less than one today.
    months : int
        How many months after the window are counted.
    """

    margin: Annotated[float, Field(gt=0, le=1)]
    yearly_discount: Annotated[float, Field(ge=0, le=1)]
    months: Annotated[int, Field(ge=1, le=600)]

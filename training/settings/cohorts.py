"""Settings of the cohorts: observation dates, gap and horizon."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from training.settings.base import Positive, SettingsBase


class CohortSettings(SettingsBase):
    """Which observation dates are used, and the window in which leaving counts as churn.

    Attributes
    ----------
    gap_days : int
        Days between the observation date and the start of the window: a campaign needs time.
    horizon_days : int
        Length of the window after the gap, in days.
    count : int
        How many observation dates, counted back from the last one whose window is over.
    every_months : int
        Months between two observation dates.
    dates : tuple of date
        Exact observation dates (00:00 UTC); when given, ``count`` and ``every_months`` are not used.
    leaves_recorded_from : date or None
        From when on leaves are recorded; a window that begins earlier is no cohort. None infers it from the
        leaves themselves.
    treated : {"exclude", "controls", "keep"}
        What becomes of customers under an offer: left out; left out with everybody who was in no hold-out; or
        kept, with labels that the offer may have changed.
    offer_days : int
        Days for which an offer acts.
    """

    gap_days: Annotated[int, Field(ge=0)]
    horizon_days: Positive
    count: Positive
    every_months: Positive
    dates: tuple[date, ...]
    leaves_recorded_from: date | None
    treated: Literal["exclude", "controls", "keep"]
    offer_days: Positive

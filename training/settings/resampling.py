"""Settings of resampling: how many rows neighbours are searched in."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from training.settings.base import SettingsBase


class ResamplingSettings(SettingsBase):
    """The bound above which resamplers search a sample of the rows.

    Attributes
    ----------
    neighbour_rows : int
        Nearest neighbours are searched among all rows up to this many, and among a seeded sample of this
        size above: their cost grows with the square of the rows.
    """

    neighbour_rows: Annotated[int, Field(ge=1000)]

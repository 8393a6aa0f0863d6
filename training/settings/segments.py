"""Settings of the segments: how many there are, and how that number is judged."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from training.settings.base import SettingsBase


class SegmentSettings(SettingsBase):
    """How the K-Means segments are made and judged.

    Attributes
    ----------
    k : int
        Number of segments.
    k_min, k_max : int
        Range over which elbow, silhouette and Calinski-Harabasz are reported.
    silhouette_rows : int
        Silhouette is quadratic in rows; above this many it is taken on a seeded sample of this size.
    """

    k: Annotated[int, Field(ge=2)]
    k_min: Annotated[int, Field(ge=2)]
    k_max: Annotated[int, Field(ge=2)]
    silhouette_rows: Annotated[int, Field(ge=100)]

    @model_validator(mode="after")
    def _k_in_range(self) -> SegmentSettings:
        if not self.k_min <= self.k <= self.k_max:
            raise ValueError(f"k = {self.k} lies outside k_min..k_max = {self.k_min}..{self.k_max}")
        return self

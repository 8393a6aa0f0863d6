"""Settings of uplift: what past campaigns say about the effect of each offer."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from training.settings.base import Positive, SettingsBase


class UpliftSettings(SettingsBase):
    """How the effect of each offer is measured.

    Attributes
    ----------
    horizon_days : int
        Days after the draw within which leaving counts.
    stays : mapping
        Parameters of the LightGBM classifiers that say who stays with an offer, and who without.
    ranking : mapping
        Parameters of the LightGBM regressor that ranks customers by their response; it is served.
    folds : int
        Parts of the customers; each is judged by models of the others. Three at least.
    least_rows : int
        Fewest rows with the offer, and fewest without, in the same campaigns.
    bins : int
        Most bins of the ranking whose effect is measured.
    draws : int
        Bootstrap draws of customers, or of households, behind the intervals.
    depth : float
        Share of the customers that the budget pays an offer for.
    """

    horizon_days: Positive
    stays: dict[str, Any]
    ranking: dict[str, Any]
    folds: Annotated[int, Field(ge=3)]
    least_rows: Annotated[int, Field(ge=40)]
    bins: Positive
    draws: Positive
    depth: Annotated[float, Field(gt=0, le=1)]

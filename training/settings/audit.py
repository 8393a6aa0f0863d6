"""Settings of the leak audit: the limits above which a feature seems to know the label."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from training.settings.base import Positive, SettingsBase


class AuditSettings(SettingsBase):
    """Limits above which a feature is named.

    Attributes
    ----------
    auc : float
        AUC of a single feature over all rows.
    auc_within_bands : float
        AUC of a single feature within a band of tenure and service.
    pure_values : float
        Share of the rows that have a value, or lie in a bin of values, of which at least 99 in 100 churned.
    least_rows : int
        Rows that a value or one class of a band needs before it is looked at.
    flat_among_stayed : float
        Most that a feature may have to do with anything else among those who stayed, to count as flat there.
    follows_among_churned : float
        Least rank correlation with tenure among those who churned, to be named when it is flat among the
        others; four standard errors where that is more.
    collapse : float
        AUC that a feature loses in the latest cohort against the earlier ones.
    band_columns : tuple of str
        A number, cut at its terciles, and a category that the bands are made of.
    """

    auc: Annotated[float, Field(gt=0.5, le=1.0)]
    auc_within_bands: Annotated[float, Field(gt=0.5, le=1.0)]
    pure_values: Annotated[float, Field(gt=0.0, le=1.0)]
    least_rows: Positive
    flat_among_stayed: Annotated[float, Field(gt=0.0, lt=1.0)]
    follows_among_churned: Annotated[float, Field(gt=0.0, lt=1.0)]
    collapse: Annotated[float, Field(gt=0.0, lt=0.5)]
    band_columns: tuple[str, str]

"""Settings of the split: the untouched part and the folds."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from training.settings.base import SettingsBase


class SplitSettings(SettingsBase):
    """The untouched share, and the folds of the rest.

    Attributes
    ----------
    test_share : float
        Share of the customers that no fit, choice or calibration sees.
    folds : int
        Folds of cross-validation on the remaining customers.
    """

    test_share: Annotated[float, Field(gt=0.0, lt=0.9)]
    folds: Annotated[int, Field(ge=2)]

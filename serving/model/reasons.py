"""Why a customer's probability is what it is: the features that move it most."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from serving.model.contributions import effects
from serving.model.model_format import ChurnModel


@dataclass(frozen=True, slots=True)
class Reason:
    """One feature's part in a probability.

    Attributes
    ----------
    feature : str
        The customer's own column.
    value : str, int, float or None
        What the customer has there; None when it is missing.
    points : float
        How far it moves the calibrated probability, in percentage points; negative lowers it. See
        `serving.model.contributions.effects`.
    """

    feature: str
    value: str | int | float | None
    points: float


def reasons(model: ChurnModel, row: Mapping[str, object], encoded: np.ndarray, top: int) -> list[Reason]:
    """The strongest reasons of one customer, the strongest first.

    Parameters
    ----------
    model : ChurnModel
    row : mapping of str to object
        Feature values as the customer has them.
    encoded : ndarray, (1, width)
        The same row, encoded by the model's encoder.
    top : int
        How many; equal ones stay in the order of the features.
    """
    points = 100 * effects(model, encoded)[0]
    order = np.argsort(-np.abs(points), kind="stable")[:top]
    names = [feature.name for feature in model.encoder.features]
    return [Reason(names[place], _plain(row.get(names[place])), float(points[place])) for place in order]


def _plain(value: object) -> str | int | float | None:
    """A Python value; pandas' missing ones are None."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and math.isnan(value):
        return None
    return value if isinstance(value, str | int | float) else None

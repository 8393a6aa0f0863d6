"""Why a customer's probability is what it is: the features that move it most."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from serving.errors import ScoreError
from serving.explain.contributions import effects
from serving.model.churn_model import ChurnModel

LONGEST = 60
"""Longest text value of a reason, in characters; longer ones are cut."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One feature's part in a probability.

    Attributes
    ----------
    feature : str
        The customer's own column.
    value : str, int, float or None
        The customer's value; None when it is missing.
    points : float
        How far it moves the calibrated probability, in percentage points; negative lowers it. See
        `serving.explain.contributions.effects`.
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
        How many; ties keep the order of the features.

    Raises
    ------
    ScoreError
        If the model gives a contribution that is not finite.
    """
    return _strongest(model, [row], encoded, top)[0]


def reasons_of_rows(model: ChurnModel, rows: Sequence[Mapping[str, object]], top: int) -> list[list[Reason]]:
    """The strongest reasons of every row, as `reasons` returns them. Raises EncodingError, ScoreError."""
    return _strongest(model, rows, model.encoder.encode_rows(rows), top) if rows else []


def _strongest(
    model: ChurnModel, rows: Sequence[Mapping[str, object]], encoded: np.ndarray, top: int
) -> list[list[Reason]]:
    points = 100 * effects(model, encoded)
    if not np.isfinite(points).all():
        raise ScoreError("the model gives reasons that are not finite; roll back or train again")
    order = np.argsort(-np.abs(points), axis=1, kind="stable")[:, :top]
    names = [feature.name for feature in model.encoder.features]
    return [
        [Reason(names[place], plain(row.get(names[place])), float(mine[place])) for place in places]
        for row, mine, places in zip(rows, points, order, strict=True)
    ]


def plain(value: object) -> str | int | float | None:
    """A plain Python value: a missing value becomes None, and a long text is cut."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and math.isnan(value):
        return None
    if isinstance(value, str):
        return value if len(value) <= LONGEST else f"{value[: LONGEST - 1]}…"
    return value if isinstance(value, int | float) else None

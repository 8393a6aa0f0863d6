"""Time to churn: how long customers stay, and what a customer who is kept is worth.

The chance of leaving voluntarily in month k after the observation date, of who is still there, depends on k
and on the calibrated P(churn): a table holds its log-odds for some probabilities, with straight lines between
them. Leaving involuntarily has the same monthly rate whatever the probability is. This is a discrete-time
hazard with a competing event: Allison (1982), "Discrete-time methods for the analysis of event histories",
Sociological Methodology 13.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Annotated, Any

import numpy as np
from pydantic import Field, FiniteFloat
from scipy.special import expit, logit

from serving.errors import FormatError
from serving.model.calibration import CLIP
from serving.model.documents import parse

_POINTS = 1_000
CHARGES = "MonthlyCharges"
"""The feature that a customer's value is a multiple of."""


@dataclass(frozen=True)
class Survival:
    """Monthly hazards, and the settings of value.

    Attributes
    ----------
    knots : tuple of float, (j,)
        Log-odds of P(churn), ascending. Below the first and above the last a hazard is that at the knot.
    hazards : tuple of tuple of float, (K, j)
        Log-odds of leaving in month k, at each knot; after month K its hazards go on. None falls from one
        knot to the next, so who has the higher probability never stays longer.
    involuntary : float
        Share of the customers who leave involuntarily in a month.
    window : int
        Months from the observation date to the end of the window, gap included.
    margin : float
        Share of the charge that is margin.
    yearly_discount : float
        What a payment in a year is worth less than one today.
    months : int
        How many months after the window are counted.
    """

    knots: Annotated[tuple[FiniteFloat, ...], Field(min_length=2)]
    hazards: Annotated[tuple[tuple[FiniteFloat, ...], ...], Field(min_length=1)]
    involuntary: Annotated[float, Field(ge=0, lt=1)]
    window: Annotated[int, Field(ge=1)]
    margin: Annotated[float, Field(gt=0, le=1)]
    yearly_discount: Annotated[float, Field(ge=0, lt=10)]
    months: Annotated[int, Field(ge=1, le=600)]

    def __post_init__(self) -> None:
        if any(len(month) != len(self.knots) for month in self.hazards):
            raise FormatError("survival: a month needs a hazard at every knot; fit again")
        if (np.diff(self.knots) <= 0).any() or (np.diff(self.hazards, axis=1) < 0).any():
            raise FormatError("survival: knots ascend, and no hazard falls with the probability; fit again")

    def curve(self, probability: np.ndarray, months: int | None = None) -> np.ndarray:
        """Share of such customers who are still there at the end of each month, (n, months).

        Parameters
        ----------
        probability : ndarray, (n,)
            Calibrated P(churn).
        months : int, optional
            As many as were fitted by default.
        """
        return np.cumprod(self._staying(probability, months or len(self.hazards)), axis=1)

    def expected_months(self, probability: np.ndarray) -> np.ndarray:
        """Months that such a customer is expected to pay, of the next ``window + months``, (n,)."""
        return np.asarray(self.curve(probability, self.window + self.months).sum(axis=1))

    def value(self, probability: np.ndarray, monthly_charges: np.ndarray) -> np.ndarray:
        """Margin of the payments after the window of a customer who is kept until its end, (n,).

        Each payment is discounted to the observation date.

        Parameters
        ----------
        probability : ndarray, (n,)
            Calibrated P(churn).
        monthly_charges : ndarray, (n,)

        Returns
        -------
        ndarray, (n,)
            In the currency of the charges.
        """
        # One table for one customer and for many: quick, and the same bits.
        worth = np.interp(_log_odds(probability), *self._worths)
        return np.asarray(self.margin * np.asarray(monthly_charges, dtype=float) * worth)

    @cached_property
    def _worths(self) -> tuple[np.ndarray, np.ndarray]:
        """Months' worth of payments that are kept, at ascending log-odds; straight lines lie between them."""
        last = self.window + self.months
        odds = np.union1d(np.linspace(self.knots[0], self.knots[-1], _POINTS), self.knots)
        kept = np.cumprod(self._staying(expit(odds), last)[:, self.window :], axis=1)
        worth = (1 + self.yearly_discount) ** (-np.arange(self.window + 1, last + 1) / 12)
        return odds, kept @ worth

    def _hazards(self, months: int) -> np.ndarray:
        """Hazards at the knots, (j, months)."""
        month = np.minimum(np.arange(months), len(self.hazards) - 1)
        return np.array(self.hazards)[month].T

    def _staying(self, probability: np.ndarray, months: int) -> np.ndarray:
        """Chance of staying through each month, of who is there at its beginning, (n, months)."""
        hazards, knots = self._hazards(months), np.array(self.knots)
        odds = np.clip(_log_odds(probability), knots[0], knots[-1])
        below = np.minimum(knots.searchsorted(odds, side="right") - 1, len(knots) - 2)
        way = ((odds - knots[below]) / (knots[below + 1] - knots[below]))[:, np.newaxis]
        hazard = hazards[below] * (1 - way) + hazards[below + 1] * way
        return np.asarray(expit(-hazard) * (1 - self.involuntary))

    def to_json(self) -> dict[str, Any]:
        """Plain JSON types, read back by `from_json`."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Survival:
        """Read what `to_json` wrote. Raises FormatError naming the field that does not fit."""
        return parse(cls, content, "survival")


def hat_weights(probability: np.ndarray, knots: np.ndarray) -> np.ndarray:
    """How much of each knot a probability has on the straight line between its two, (n, j); rows sum to 1."""
    odds = _log_odds(probability)
    return np.column_stack([np.interp(odds, knots, hat) for hat in np.eye(len(knots))])


def _log_odds(probability: np.ndarray) -> np.ndarray:
    return np.asarray(logit(np.clip(np.asarray(probability, dtype=float), CLIP, 1 - CLIP)))

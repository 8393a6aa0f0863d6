"""Rows with a known label and a model's scores."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Scored:
    """Rows with a known label, scored by a model that was not fitted on them.

    Attributes
    ----------
    customers : ndarray of str, (n,)
        A customer may have several rows, one per observation date.
    churned : ndarray of int64, (n,)
        Labels, 0 or 1.
    raw : ndarray of float64, (n,)
        P(churn) before calibration.
    probability : ndarray of float64, (n,)
        P(churn) after calibration, by a calibrator that was not fitted on these rows.
    value : ndarray of float64, (n,)
        What keeping the customer is worth, in the currency of the charges.
    """

    customers: np.ndarray
    churned: np.ndarray
    raw: np.ndarray
    probability: np.ndarray
    value: np.ndarray

    def __len__(self) -> int:
        return len(self.churned)

    def contacted(self, threshold: float | None) -> np.ndarray:
        """A mask of the rows with at least this probability, (n,) of bool; None contacts nobody."""
        if threshold is None:
            return np.zeros(len(self), dtype=bool)
        return np.asarray(self.probability >= threshold)

    def take(self, rows: np.ndarray) -> Scored:
        """Some of the rows, by position."""
        return Scored(
            self.customers[rows], self.churned[rows], self.raw[rows], self.probability[rows], self.value[rows]
        )

"""Logistic regression as numbers in JSON, with the scaler in front of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from pydantic import BaseModel, ConfigDict
from scipy.special import expit

from serving.errors import FormatError
from serving.model.documents import parse, read_document, write_document

LOGISTIC_FILE = "model.json"


@dataclass(frozen=True, eq=False)
class Logistic:
    """``sigmoid(((x - mean) / scale) @ coefficients + intercept)``."""

    mean: np.ndarray
    scale: np.ndarray
    coefficients: np.ndarray
    intercept: float
    kind: ClassVar[str] = "logistic"

    def __post_init__(self) -> None:
        if not (self.mean.shape == self.scale.shape == self.coefficients.shape):
            raise FormatError(f"{LOGISTIC_FILE}: mean, scale and coefficients differ in length; fit it again")
        if not (
            np.isfinite([*self.mean, *self.coefficients, self.intercept]).all() and (self.scale > 0).all()
        ):
            raise FormatError(f"{LOGISTIC_FILE}: numbers must be finite and scales positive; fit it again")

    @property
    def width(self) -> int:
        """The number of columns it was fitted on."""
        return len(self.coefficients)

    def predict(self, matrix: np.ndarray) -> np.ndarray:
        """Raw P(churn), shape (n,)."""
        return np.asarray(expit(((matrix - self.mean) / self.scale) @ self.coefficients + self.intercept))

    def contributions(self, matrix: np.ndarray) -> np.ndarray:
        """Coefficient times standardised distance from the mean, and the intercept, (n, width + 1)."""
        parts = ((matrix - self.mean) / self.scale) * self.coefficients
        return np.column_stack([parts, np.full(len(matrix), self.intercept)])

    def save(self, folder: Path) -> None:
        """Write the numbers as JSON; Python's floats survive it to the bit."""
        content = {
            "mean": self.mean.tolist(),
            "scale": self.scale.tolist(),
            "coefficients": self.coefficients.tolist(),
            "intercept": self.intercept,
        }
        write_document(folder / LOGISTIC_FILE, content)

    @classmethod
    def from_estimator(cls, estimator: Any) -> Logistic:
        """Read the numbers of a fitted ``Pipeline(StandardScaler, LogisticRegression)``."""
        from sklearn.linear_model import LogisticRegression
        from sklearn.preprocessing import StandardScaler

        steps = [step for _, step in getattr(estimator, "steps", [])]
        if [type(step) for step in steps] != [StandardScaler, LogisticRegression]:
            raise FormatError(
                f"{type(estimator).__name__} cannot be registered; make it of StandardScaler and "
                "LogisticRegression"
            )
        scaler, model = steps
        width = model.coef_.shape[1]
        mean = np.zeros(width) if scaler.mean_ is None or not scaler.with_mean else scaler.mean_
        scale = np.ones(width) if scaler.scale_ is None else scaler.scale_
        return cls(np.asarray(mean), np.asarray(scale), model.coef_[0], float(model.intercept_[0]))

    @classmethod
    def load(cls, folder: Path) -> Logistic:
        """Read the numbers."""
        numbers = parse(_Numbers, read_document(folder / LOGISTIC_FILE), LOGISTIC_FILE)
        mean, scale, coefficients = map(np.array, (numbers.mean, numbers.scale, numbers.coefficients))
        return cls(mean, scale, coefficients, numbers.intercept)


class _Numbers(BaseModel):
    model_config = ConfigDict(extra="forbid")

    mean: list[float]
    scale: list[float]
    coefficients: list[float]
    intercept: float

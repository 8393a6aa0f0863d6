"""From the classifier's raw probability to one that matches the real churn rate."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import expit, logit

from serving.errors import FormatError
from serving.model.documents import parse

CLIP = 1e-6
"""Raw probabilities are clipped to [CLIP, 1 - CLIP]: a forest gives 0 and 1, whose logit is infinite."""


@dataclass(frozen=True)
class Calibrator:
    """``sigmoid(slope * logit(p) + intercept)`` with p clipped to [1e-6, 1 - 1e-6].

    Slope 1 and intercept 0 leave p as it is, except for clipping. The form is Platt's (1999, "Probabilistic
    outputs for support vector machines"), on the log-odds instead of a margin.
    """

    slope: float
    intercept: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.slope) and math.isfinite(self.intercept)):
            raise FormatError(
                f"calibrator: slope {self.slope} and intercept {self.intercept} must be finite; fit again"
            )

    def apply(self, raw: np.ndarray) -> np.ndarray:
        """Calibrated P(churn) for raw P(churn), both of shape (n,)."""
        clipped = np.minimum(np.maximum(np.asarray(raw, dtype=float), CLIP), 1 - CLIP)  # np.clip is slower
        return np.asarray(expit(self.slope * logit(clipped) + self.intercept))

    def to_json(self) -> dict[str, Any]:
        """Plain JSON types, read back by `from_json`."""
        return {"slope": self.slope, "intercept": self.intercept}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Calibrator:
        """Read what `to_json` wrote. Raises FormatError naming the field that does not fit."""
        return parse(cls, content, "calibrator")

"""What the decision asks of an uplift model: the effects of offers."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np


class EffectColumns(NamedTuple):
    """What each offer adds to the probability of staying, (n, k), and its standard error, (n, k)."""

    mean: np.ndarray
    error: np.ndarray


class Measured(Protocol):
    """An uplift model."""

    @property
    def offers(self) -> tuple[str, ...]:
        """The offers whose effects were measured."""
        ...

    def of(self, encoded: np.ndarray) -> EffectColumns:
        """The effects on customers that the churn model's encoder has encoded, (n, m)."""
        ...

    def save(self, folder: Path) -> None:
        """Write them into the folder of a registered model."""
        ...

"""The main reasons of a risk, for rules that ask for them."""

from __future__ import annotations

import numpy as np

from serving.explain.contributions import effects
from serving.model.churn_model import ChurnModel

MAIN = 3
"""So many of the strongest reasons are the main ones."""


def raising(model: ChurnModel, encoded: np.ndarray) -> np.ndarray:
    """Which features are among the main reasons and raise the risk, (n, features) in the encoder's order.

    Parameters
    ----------
    model : ChurnModel
    encoded : ndarray, (n, m)
    """
    points = effects(model, encoded)
    strongest = np.argsort(-np.abs(points), axis=1, kind="stable")[:, :MAIN]
    main = np.zeros(points.shape, dtype=bool)
    np.put_along_axis(main, strongest, values=True, axis=1)
    return main & (points > 0)

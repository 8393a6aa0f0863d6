"""How much of a model's judgement rests on each feature."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from serving.explain.contributions import contributions
from serving.model.churn_model import ChurnModel

MOST_ROWS = 2_000
"""Rows that the weights are measured on; the contributions of a forest take a millisecond each."""


def feature_weights(model: ChurnModel, rows: pd.DataFrame, seed: int) -> Mapping[str, float]:
    """Share of each feature in the model's mean absolute contributions.

    Parameters
    ----------
    model : ChurnModel
    rows : DataFrame
        Features of rows that the model was not fitted on; of more than `MOST_ROWS` a sample is taken.
    seed : int
        Of the sample.

    Returns
    -------
    mapping of str to float
        By feature, in the signature's order. They add up to 1; all are 0 of a model that heeds nothing.
    """
    sample = rows.sample(MOST_ROWS, random_state=seed) if len(rows) > MOST_ROWS else rows
    parts = contributions(model, model.encoder.encode_frame(sample))[:, :-1]
    sizes = np.abs(parts).mean(axis=0)
    shares = sizes / (sizes.sum() or 1.0)
    named = {
        feature.name: float(share) for feature, share in zip(model.encoder.features, shares, strict=True)
    }
    return {name: named.get(name, 0.0) for name in model.signature.names}

"""What each feature adds to a customer's score, as the classifier itself computes it."""

from __future__ import annotations

from typing import Literal

import numpy as np
from scipy.special import expit

from serving.model.churn_model import ChurnModel
from serving.model.encoding import Encoder

Unit = Literal["log_odds", "probability"]


def unit_of(model: ChurnModel) -> Unit:
    """What a model's contributions add up to: log-odds, or for a forest the raw probability."""
    return "probability" if model.classifier.kind == "forest" else "log_odds"


def contributions(model: ChurnModel, encoded: np.ndarray) -> np.ndarray:
    """Contributions of the features, in the encoder's order, and of the base.

    Parameters
    ----------
    model : ChurnModel
    encoded : ndarray, (n, width)
        Rows encoded by the model's encoder.

    Returns
    -------
    ndarray, (n, features + 1)
        The last column is the base; a row adds up to the raw score in :func:`unit_of`'s unit. Columns of one
        feature, such as the values of a category, are added up.
    """
    by_column = model.classifier.contributions(encoded)
    totals = np.zeros((len(encoded), len(model.encoder.features) + 1))
    np.add.at(totals.T, feature_of_column(model.encoder), by_column[:, :-1].T)
    totals[:, -1] = by_column[:, -1]
    return totals


def feature_of_column(encoder: Encoder) -> np.ndarray:
    """Position of the feature that each encoded column belongs to, (width,)."""
    position = {feature.name: number for number, feature in enumerate(encoder.features)}
    return np.array([position[column.split("=", 1)[0]] for column in encoder.columns], dtype="int64")


def effects(model: ChurnModel, encoded: np.ndarray) -> np.ndarray:
    """How far each feature moves the calibrated probability, (n, features).

    The difference between the probability and what it would be without the feature's contribution, in the
    order of the encoder's features. Because probabilities are not additive, the effects of a row do not add
    up.
    """
    parts = contributions(model, encoded)
    score = parts.sum(axis=1, keepdims=True)
    without = score - parts[:, :-1]
    if unit_of(model) == "probability":
        raw, raw_without = np.clip(score, 0, 1), np.clip(without, 0, 1)
    else:
        raw, raw_without = expit(score), expit(without)
    points: np.ndarray = model.calibrator.apply(raw) - model.calibrator.apply(raw_without)
    return points

"""The share of a model's weight that lies on features without a value."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from serving.model.signature import Signature

DIGITS = 4
"""Decimals of a share, so that one worked out online is the one of batch scoring."""


def unknown_share(signature: Signature, without_value: Iterable[str]) -> float | None:
    """Share of the model's weight that some features have.

    Parameters
    ----------
    signature : Signature
    without_value : iterable of str
        Names of the features that are missing, null or expired.

    Returns
    -------
    float or None
        0 to 1; None of a model without weights, unless every feature has a value.
    """
    names = list(without_value)
    if signature.weights is None:
        return None if names else 0.0
    return round(sum(signature.weights.get(name, 0.0) for name in names), DIGITS)


def unknown_shares(signature: Signature, frame: pd.DataFrame) -> np.ndarray:
    """`unknown_share` of every row of a frame with the signature's features, (n,); NaN for None."""
    missing = frame[list(signature.names)].isna().to_numpy()
    if signature.weights is None:
        return np.where(missing.any(axis=1), np.nan, 0.0)
    weights = np.array([signature.weights.get(name, 0.0) for name in signature.names])
    shares: np.ndarray = np.round(missing @ weights, DIGITS)
    return shares

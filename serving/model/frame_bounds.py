"""Checks a frame of features against what their contract allows."""

from __future__ import annotations

import numpy as np
import pandas as pd

from serving.model.bounds import Bound, Bounds


def check_frame(frame: pd.DataFrame, bounds: Bounds) -> None:
    """Check every value of a frame.

    Parameters
    ----------
    frame : DataFrame
        With features as columns; columns without a bound are not checked.

    Raises
    ------
    EncodingError
        With the position of the row.
    """
    for name, bound in bounds.items():
        if name in frame:
            wrong = np.flatnonzero(_wrong(frame[name], bound))
            if len(wrong):
                raise bound.error(name, frame[name].iloc[wrong[0]], int(wrong[0]))


def _wrong(column: pd.Series, bound: Bound) -> np.ndarray:
    if bound.values is not None:
        return (column.notna() & ~column.isin(bound.values)).to_numpy()
    if not pd.api.types.is_numeric_dtype(column.dtype):
        return np.zeros(len(column), dtype=bool)  # the encoder refuses text, and names it
    numbers = column.to_numpy(dtype=float, na_value=np.nan)
    return (numbers < bound.low) | (numbers > bound.high)

"""Holm's correction: many comparisons, and still one chance in twenty of any false one."""

from __future__ import annotations

import numpy as np


def holm(p: np.ndarray) -> np.ndarray:
    """Adjusted p of each comparison, (n,), after Holm (1979), "A simple sequentially rejective procedure".

    Parameters
    ----------
    p : ndarray, (n,)
        0..1.
    """
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(stepped, 1.0)
    return adjusted

"""Calls LightGBM's own C function for predicting one row, without the overhead of its Python package.

At every call, `Booster.predict` makes a predictor, reads its settings from a text and looks through the
array. LightGBM's documented C API keeps both for rows that come one by one.
"""

from __future__ import annotations

import ctypes
import weakref
from typing import Any

import numpy as np
from lightgbm.basic import _LIB, _safe_call

_PROBABILITY, _FLOAT64 = 0, 1
_SETTINGS = b"num_threads=1"


class SingleRow:
    """Predicts one row at a time; belongs to one thread, because LightGBM's predictor keeps the row.

    Parameters
    ----------
    booster : lightgbm.Booster
        With one output per row.
    width : int
        Number of its columns.
    """

    def __init__(self, booster: Any, width: int) -> None:
        self._booster = booster  # LightGBM's predictor points at it
        self._predictor = ctypes.c_void_p()
        _safe_call(
            _LIB.LGBM_BoosterPredictForMatSingleRowFastInit(
                booster._handle,
                ctypes.c_int(_PROBABILITY),
                ctypes.c_int(0),
                ctypes.c_int(-1),  # all trees
                ctypes.c_int(_FLOAT64),
                ctypes.c_int32(width),
                _SETTINGS,
                ctypes.byref(self._predictor),
            )
        )
        weakref.finalize(self, _LIB.LGBM_FastConfigFree, self._predictor)
        self._row = np.empty((1, width))
        self._result, self._length = np.empty(1), ctypes.c_int64()
        self._places = (
            ctypes.c_void_p(self._row.ctypes.data),
            ctypes.byref(self._length),
            ctypes.c_void_p(self._result.ctypes.data),
        )

    def predict(self, row: np.ndarray) -> np.ndarray:
        """The same bits as ``booster.predict(row)``, for a row of shape (1, width)."""
        self._row[:] = row
        _safe_call(_LIB.LGBM_BoosterPredictForMatSingleRowFast(self._predictor, *self._places))
        return self._result.copy()

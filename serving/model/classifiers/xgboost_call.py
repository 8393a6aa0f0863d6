"""Calls XGBoost's own C function for predicting an array, without the overhead of its Python package.

At every call, `Booster.inplace_predict` describes the array, checks its names, copies settings and has
XGBoost create a container. For one row this takes several times as long as the trees. The functions called
here belong to XGBoost's documented and stable C API.
"""

from __future__ import annotations

import ctypes
import json
import threading
import weakref
from typing import Any

import numpy as np
from xgboost.core import _LIB, _check_call

_SETTINGS = json.dumps(
    {
        "type": 0,  # the probability
        "training": False,
        "iteration_begin": 0,
        "iteration_end": 0,  # all
        "strict_shape": False,
        "missing": float("nan"),
        "cache_id": 0,
    }
).encode()


class _Container:
    """XGBoost's proxy matrix, reused at every call. It holds no numbers, only their address."""

    def __init__(self) -> None:
        self.handle = ctypes.c_void_p()
        _check_call(_LIB.XGProxyDMatrixCreate(ctypes.byref(self.handle)))
        weakref.finalize(self, _LIB.XGDMatrixFree, self.handle)


_own = threading.local()
"""Each thread's container, made when it first predicts."""


def _container() -> _Container:
    if not hasattr(_own, "container"):
        _own.container = _Container()
    container: _Container = _own.container
    return container


def predict_dense(booster: Any, matrix: np.ndarray) -> np.ndarray:
    """The same bits as ``booster.inplace_predict(matrix)``, as float64 of shape (n,).

    Parameters
    ----------
    booster : xgboost.Booster
        With one output per row.
    matrix : ndarray of float64, shape (n, width)

    Raises
    ------
    ValueError
        If the matrix is not as wide as the booster.
    """
    matrix = np.ascontiguousarray(matrix, dtype=np.float64)
    if matrix.shape[1] != booster.num_features():
        raise ValueError(f"the booster takes {booster.num_features()} columns, not {matrix.shape[1]}")
    described = (
        f'{{"data": [{matrix.ctypes.data}, true], "shape": [{matrix.shape[0]}, {matrix.shape[1]}], '
        '"strides": null, "typestr": "<f8", "version": 3}'
    )
    shape, dims = ctypes.POINTER(ctypes.c_uint64)(), ctypes.c_uint64()
    output = ctypes.POINTER(ctypes.c_float)()
    _check_call(
        _LIB.XGBoosterPredictFromDense(
            booster.handle,
            described.encode(),
            _SETTINGS,
            _container().handle,
            ctypes.byref(shape),
            ctypes.byref(dims),
            ctypes.byref(output),
        )
    )
    size = 4 * len(matrix)  # XGBoost owns the numbers until this thread's next call, so they are copied
    return np.frombuffer(ctypes.string_at(output, size), dtype=np.float32).astype(float)

"""CustomerIDs of the Telco file's form, four digits, a dash, five capitals, from running numbers."""

from __future__ import annotations

import math

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

_DIGITS = 9_999
_LETTERS = 26
SPACE = _DIGITS * _LETTERS**5
"""How many ids there are, 0000 left out: about 119 thousand million."""


def customer_ids(numbers: NDArray[np.integer], seed: int) -> pa.Array:
    """Return the ids of running numbers: different for different numbers, scattered, the same for a seed.

    Parameters
    ----------
    numbers : ndarray, (n,)
        From 0 to 1,000,000,000: such numbers are multiplied without overflow.
    seed : int
        Of the simulation.

    Returns
    -------
    ids : pyarrow.Array of string, (n,)
    """
    factor, shift = _scattering(seed)
    places = (numbers.astype(np.int64) * factor + shift) % SPACE
    text = np.empty((len(numbers), 10), dtype=np.uint8)
    digits, letters = places // _LETTERS**5 + 1, places % _LETTERS**5
    for column in range(4):
        text[:, 3 - column] = ord("0") + digits // 10**column % 10
    text[:, 4] = ord("-")
    for column in range(5):
        text[:, 9 - column] = ord("A") + letters // _LETTERS**column % _LETTERS
    offsets = np.arange(0, 10 * len(numbers) + 1, 10, dtype=np.int32)
    return pa.StringArray.from_buffers(len(numbers), pa.py_buffer(offsets), pa.py_buffer(text.tobytes()))


def _scattering(seed: int) -> tuple[int, int]:
    """Return factor and shift of a one-to-one map of the space: the factor shares no divisor with it."""
    rng = np.random.default_rng([seed, 0x1D])
    factor = int(rng.integers(10**9, 3 * 10**9)) | 1
    while math.gcd(factor, SPACE) != 1:
        factor += 2
    return factor, int(rng.integers(SPACE))

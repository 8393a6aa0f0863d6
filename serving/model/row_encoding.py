"""Encodes rows of plain values, as an online store returns them, without pandas."""

from __future__ import annotations

import math
from array import array
from collections.abc import Hashable, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np
import pandas as pd

from serving.errors import EncodingError


class NumberColumn(NamedTuple):
    """A number: its feature, its position among the encoded columns, and its fill for a missing value."""

    name: str
    at: int
    fill: float


class CategoryColumns(NamedTuple):
    """A category: its feature, its known values, and the column of each value.

    The first of two values has no column and stays 0.
    """

    name: str
    values: Sequence[str]
    at: Mapping[str, int]


class _Codes(dict[Hashable, int]):
    """A code for every known value of any category, and one code for all others."""

    def __missing__(self, value: Hashable) -> int:
        return len(self)


class RowEncoder:
    """Encodes rows whose values are in a fixed order; made by `Encoder.row_encoder`.

    Parameters
    ----------
    numbers : sequence of NumberColumn
    categories : sequence of CategoryColumns
    names : sequence of str
        The features of a row's values, in order.
    width : int
        Number of encoded columns.

    Raises
    ------
    EncodingError
        If `names` lacks a feature.
    """

    def __init__(
        self,
        numbers: Sequence[NumberColumn],
        categories: Sequence[CategoryColumns],
        names: Sequence[str],
        width: int,
    ) -> None:
        position = {name: at for at, name in enumerate(names)}
        used = [column.name for column in numbers] + [column.name for column in categories]
        lacking = [name for name in used if name not in position]
        if lacking:
            raise EncodingError(
                f"the rows lack {', '.join(lacking)}; they need every feature of the model's signature"
            )
        self._width = width
        self._number_names = [column.name for column in numbers]
        self._number_from = [position[column.name] for column in numbers]
        self._number_to = [column.at for column in numbers]
        self._fills = np.array([column.fill for column in numbers])
        self._category_from = [position[column.name] for column in categories]
        known = dict.fromkeys(value for column in categories for value in column.values)
        self._codes = _Codes((value, code) for code, value in enumerate(known))
        # The encoded column of each value of each category. Values without a column go to an extra last one.
        self._place = np.full((len(categories), len(known) + 1), width)
        for place, column in zip(self._place, categories, strict=True):
            for value, at in column.at.items():
                place[self._codes[value]] = at
        self._each_category = np.arange(len(categories))[:, np.newaxis]

    def encode(self, rows: Sequence[Sequence[object]]) -> np.ndarray:
        """Encode rows.

        Returns
        -------
        ndarray of float64, shape (len(rows), width)
            Always finite.

        Raises
        ------
        EncodingError
            If a number is text or infinite.
        """
        if not rows:
            return np.zeros((0, self._width))
        return self.encode_columns(list(zip(*rows, strict=True)))

    def encode_columns(self, columns: Sequence[Sequence[object]]) -> np.ndarray:
        """Like `encode`, for at least one row, given column by column."""
        count = len(columns[0])
        encoded = np.zeros((count, self._width + 1))
        if self._number_from:
            numbers = _table([columns[at] for at in self._number_from], self._number_names)
            missing = np.isnan(numbers)
            encoded[:, self._number_to] = (
                np.where(missing, self._fills, numbers) if missing.any() else numbers
            )
        if self._category_from:
            values = chain.from_iterable([columns[at] for at in self._category_from])
            shape = len(self._category_from), count
            codes = np.fromiter(map(self._codes.__getitem__, values), np.intp, shape[0] * count)
            places = self._place[self._each_category, codes.reshape(shape)]
            encoded[np.arange(count), places] = 1.0
        return encoded[:, : self._width]


def _table(columns: Sequence[Sequence[object]], names: Sequence[str]) -> np.ndarray:
    """Columns of values as float64, shape (rows, len(columns)), with NaN for missing."""
    try:
        flat = array("d", [*chain.from_iterable(columns)])  # type: ignore[type-var]  # raises TypeError
        table = np.frombuffer(flat).reshape(len(columns), -1)
        if not np.isinf(table).any():
            return table.T
    except TypeError:
        pass  # text or None, which numpy would accept: each value is checked below
    checked = [
        [as_number(value, name) for value in column] for column, name in zip(columns, names, strict=True)
    ]
    return np.array(checked, dtype=float).T


def as_number(value: object, name: object) -> float:
    """One value as a float, NaN for missing."""
    if value is None or value is pd.NA or value is pd.NaT:
        return math.nan
    if not isinstance(value, int | float | np.number | np.bool_):
        raise EncodingError(f"feature {name}: {value!r} is not a number; clean the table")
    number = float(value)
    if math.isinf(number):
        raise EncodingError(f"feature {name} is infinite; clean the table")
    return number

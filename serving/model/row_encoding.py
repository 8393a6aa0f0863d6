"""Encodes rows of plain values, as an online store returns them, without pandas."""

from __future__ import annotations

import math
import sys
from array import array
from collections.abc import Hashable, Mapping, Sequence
from itertools import chain
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from serving.errors import EncodingError
from serving.model.bounds import UNBOUNDED, Bounds

_LARGEST = sys.float_info.max


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
    bounds : mapping of str to Bound
        What is refused; by default nothing.

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
        bounds: Bounds = MappingProxyType({}),
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
        self._bounds = bounds
        limits = [bounds.get(name, UNBOUNDED) for name in self._number_names]
        self._lows, self._highs = (
            np.array([getattr(each, end) for each in limits]) for end in ("low", "high")
        )
        self._category_names = [column.name for column in categories]
        self._category_from = [position[column.name] for column in categories]
        allowed = [bounds.get(name, UNBOUNDED).values for name in self._category_names]
        values = [column.values for column in categories] + [each for each in allowed if each is not None]
        known = dict.fromkeys((None, *chain.from_iterable(values)))
        self._codes = _Codes((value, code) for code, value in enumerate(known))
        # The encoded column of each value of each category. Values without a column go to an extra one, and
        # values that cannot be to another.
        self._place = np.full((len(categories), len(known) + 1), width)
        for place, column, possible in zip(self._place, categories, allowed, strict=True):
            for value, at in column.at.items():
                place[self._codes[value]] = at
            if possible is not None:
                mine = [self._codes[value] for value in (None, *possible)]
                place[np.setdiff1d(np.arange(len(place)), mine)] = width + 1
        self._each_category = np.arange(len(categories))[:, np.newaxis]
        self._row_numbers = [
            (from_, to, max(float(low), -_LARGEST), min(float(high), _LARGEST))
            for from_, to, low, high in zip(
                self._number_from, self._number_to, self._lows, self._highs, strict=True
            )
        ]
        self._row_categories = [
            (from_, {value: int(place[code]) for value, code in self._codes.items()}, int(place[-1]))
            for from_, place in zip(self._category_from, self._place, strict=True)
        ]

    def encode(self, rows: Sequence[Sequence[object]]) -> np.ndarray:
        """Encode rows.

        Returns
        -------
        ndarray of float64, shape (len(rows), width)
            Always finite.

        Raises
        ------
        EncodingError
            If a number is text, infinite or out of its bounds, or a category cannot have its value.
        """
        if not rows:
            return np.zeros((0, self._width))
        return self.encode_columns(list(zip(*rows, strict=True)))

    def encode_row(self, row: Sequence[object]) -> np.ndarray:
        """Like `encode`, for one row: the same bits in half the time."""
        encoded: list[Any] = [0.0] * (self._width + 2)
        try:
            for at, to, least, greatest in self._row_numbers:
                if not least <= row[at] <= greatest:  # type: ignore[operator]  # raises TypeError
                    return self.encode([row])  # which says what is wrong, or takes it for missing
                encoded[to] = row[at]
        except TypeError:  # text or None
            return self.encode([row])
        for at, columns, other in self._row_categories:
            encoded[columns.get(row[at], other)] = 1.0
        if encoded[-1]:
            return self.encode([row])
        return np.frombuffer(array("d", encoded[:-2])).reshape(1, -1)

    def encode_columns(self, columns: Sequence[Sequence[object]]) -> np.ndarray:
        """Like `encode`, for at least one row, given column by column."""
        count = len(columns[0])
        encoded = np.zeros((count, self._width + 2))
        if self._number_from:
            numbers = _table([columns[at] for at in self._number_from], self._number_names)
            if np.count_nonzero((numbers < self._lows) | (numbers > self._highs)):  # faster than any()
                raise self._out_of_bounds(columns)
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
            if np.count_nonzero(encoded[:, self._width + 1]):
                raise self._out_of_bounds(columns)
        return encoded[:, : self._width]

    def _out_of_bounds(self, columns: Sequence[Sequence[object]]) -> EncodingError:
        """The error of the first value that its bound does not allow."""
        names = (*self._number_names, *self._category_names)
        for name, at in zip(names, (*self._number_from, *self._category_from), strict=True):
            bound = self._bounds.get(name)
            for row, value in enumerate(columns[at]):
                if bound and not bound.allows(value):
                    return bound.error(name, value, row)
        raise AssertionError("every value is within its bounds")


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

"""Rows of plain values to numbers, without pandas: what stands between an online store and a model."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import chain, repeat
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from serving.errors import EncodingError

_PLAIN = frozenset([int, float, type(None)])


class NumberColumn(NamedTuple):
    """A number: its feature, its place among the encoded columns, and what stands for a missing one."""

    name: str
    at: int
    fill: float


class CategoryColumns(NamedTuple):
    """A category: its feature, and the column of each value; the first of two values has none and stays 0."""

    name: str
    at: Mapping[str, int]


class RowEncoder:
    """Encodes rows whose values lie in a fixed order; made by `Encoder.row_encoder`.

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
        self._categories: list[tuple[int, Callable[..., Any]]] = [
            (position[column.name], column.at.get) for column in categories
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
            If a number is text or infinite.
        """
        encoded = np.zeros((len(rows), self._width + 1))  # the last column takes what no category knows
        if not rows:
            return encoded[:, : self._width]
        columns = list(zip(*rows, strict=True))
        if self._number_from:
            numbers = _table([columns[at] for at in self._number_from], self._number_names)
            encoded[:, self._number_to] = np.where(np.isnan(numbers), self._fills, numbers)
        if self._categories:
            places = chain.from_iterable(
                map(find, columns[at], repeat(self._width)) for at, find in self._categories
            )
            shape = len(self._categories), len(rows)
            at = np.fromiter(places, np.intp, shape[0] * shape[1]).reshape(shape)
            encoded[np.arange(len(rows)), at] = 1.0
        return encoded[:, : self._width]


def _table(columns: Sequence[Sequence[object]], names: Sequence[str]) -> np.ndarray:
    """Columns of values as float64, shape (rows, len(columns)), with NaN for missing."""
    if _PLAIN.issuperset(map(type, chain.from_iterable(columns))):  # numpy would also read text as a number
        table = np.array(columns, dtype=float)
        if not np.isinf(table).any():
            return table.T
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

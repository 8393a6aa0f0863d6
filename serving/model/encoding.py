"""Features to numbers: one-hot for categories, 0/1 for two-valued ones, a fill for missing numbers.

Training fits the encoder and encodes frames with it; serving encodes single rows with the very same
object. Both paths give the same bits, so what a model sees online is what it saw offline.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from serving.errors import EncodingError
from serving.model.bounds import Bounds
from serving.model.documents import parse
from serving.model.row_encoding import CategoryColumns, NumberColumn, RowEncoder, as_number
from serving.model.signature import FeatureSpec


@dataclass(frozen=True)
class Encoder:
    """A fitted encoding of features.

    Parameters
    ----------
    features : tuple of FeatureSpec
        The features, in the order in which they are encoded.
    categories : mapping of str to tuple of str
        The known values of every category, sorted. Two values make one 0/1 column (named after the
        second), any other number of values makes one column per value.
    fills : mapping of str to float
        The value that replaces a missing number, for every number.
    """

    features: tuple[FeatureSpec, ...]
    categories: Mapping[str, tuple[str, ...]]
    fills: Mapping[str, float]

    def __post_init__(self) -> None:
        for feature in self.features:
            known = self.fills if feature.kind == "number" else self.categories
            if feature.name not in known:
                raise EncodingError(f"feature {feature.name}: the encoder was not fitted on it; fit it again")
        infinite = [name for name, fill in self.fills.items() if not math.isfinite(fill)]
        if infinite:
            raise EncodingError(
                f"fills of {', '.join(infinite)} are not finite numbers; fit the encoder again"
            )

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Names of the encoded columns, such as ``tenure`` and ``Contract=One year``."""
        return tuple(column for feature in self.features for column in self._columns_of(feature))

    def _columns_of(self, feature: FeatureSpec) -> tuple[str, ...]:
        if feature.kind == "number":
            return (feature.name,)
        values = self.categories[feature.name]
        own_columns = values[1:] if len(values) == 2 else values
        return tuple(f"{feature.name}={value}" for value in own_columns)

    @cached_property
    def _plan(self) -> tuple[tuple[NumberColumn, ...], tuple[CategoryColumns, ...]]:
        at = {column: position for position, column in enumerate(self.columns)}
        numbers = [
            NumberColumn(f.name, at[f.name], float(self.fills[f.name]))
            for f in self.features
            if f.kind == "number"
        ]
        categories = []
        for feature in self.features:
            if feature.kind == "category":
                columns, values = self._columns_of(feature), self.categories[feature.name]
                own_columns = values[-len(columns) :] if columns else ()
                places = {value: at[column] for value, column in zip(own_columns, columns, strict=True)}
                categories.append(CategoryColumns(feature.name, values, places))
        return tuple(numbers), tuple(categories)

    def encode_frame(self, frame: pd.DataFrame) -> np.ndarray:
        """Encode a frame that has (at least) the features as columns.

        Returns
        -------
        ndarray of float64, shape (rows, len(columns))
            Always finite.

        Raises
        ------
        EncodingError
            If a column is missing, or a number is text or infinite.
        """
        missing = [feature.name for feature in self.features if feature.name not in frame.columns]
        if missing:
            raise EncodingError(
                f"the frame lacks {', '.join(missing)}; it needs every feature of the model's signature"
            )
        numbers, categories = self._plan
        encoded = np.zeros((len(frame), len(self.columns)))
        for name, at, fill in numbers:
            values = _numbers(frame[name])
            encoded[:, at] = np.where(np.isnan(values), fill, values)
        for name, _, places in categories:
            found = _places(frame[name], pd.Index(list(places), dtype=object))
            rows = np.flatnonzero(found >= 0)
            encoded[rows, np.fromiter(places.values(), dtype=np.intp)[found[rows]]] = 1.0
        return encoded

    def encode_rows(self, rows: Sequence[Mapping[str, object]]) -> np.ndarray:
        """Encode mappings of feature name to value; a missing key is a missing value.

        The same numbers as `encode_frame`, without pandas.

        Raises
        ------
        EncodingError
            If a number is text or infinite.
        """
        names = self._names
        return self._own_order.encode([[row.get(name) for name in names] for row in rows])

    @cached_property
    def _names(self) -> tuple[str, ...]:
        return tuple(feature.name for feature in self.features)

    @cached_property
    def _own_order(self) -> RowEncoder:
        return self.row_encoder(self._names)

    def row_encoder(self, names: Sequence[str], bounds: Bounds = MappingProxyType({})) -> RowEncoder:
        """Encoder of rows whose values are in the order of `names`; it refuses those out of their bounds.

        Raises
        ------
        EncodingError
            If `names` lacks one of the features.
        """
        return RowEncoder(*self._plan, names, len(self.columns), bounds)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON types, read back by `from_json`."""
        return {
            "features": [asdict(feature) for feature in self.features],
            "categories": {name: list(values) for name, values in self.categories.items()},
            "fills": dict(self.fills),
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Encoder:
        """Read what `to_json` wrote. Raises FormatError naming the field that does not fit."""
        return parse(cls, content, "encoder")


def fit_encoder(frame: pd.DataFrame, features: Sequence[FeatureSpec]) -> Encoder:
    """Learn categories and fills from a frame: training rows only, or the test rows leak.

    The fill of a number is its median. A number without any value (such as the change of the charge in a
    snapshot) is filled with 0, which makes its column constant.

    Raises
    ------
    EncodingError
        If a column is missing, or a number is text or infinite.
    """
    missing = [feature.name for feature in features if feature.name not in frame.columns]
    if missing:
        raise EncodingError(
            f"the frame lacks {', '.join(missing)}; it needs every feature that is to be encoded"
        )
    categories = {f.name: _values(frame[f.name]) for f in features if f.kind == "category"}
    fills = {f.name: _median(_numbers(frame[f.name])) for f in features if f.kind == "number"}
    return Encoder(tuple(features), categories, fills)


def _places(column: pd.Series[Any], known: pd.Index[Any]) -> np.ndarray:
    """Position of each value among the known ones; -1 for any other value and for a missing one."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        of_category = known.get_indexer(column.cat.categories.astype(object))
        return np.append(of_category, -1)[column.cat.codes.to_numpy()]  # a missing value has the code -1
    return known.get_indexer(pd.Index(column.to_numpy(dtype=object), dtype=object))


def _values(column: pd.Series[Any]) -> tuple[str, ...]:
    values = column.dropna().unique()
    wrong = next((value for value in values if not isinstance(value, str)), None)
    if wrong is not None:
        raise EncodingError(
            f"feature {column.name}: {wrong!r} is not text; declare it as a number or clean the table"
        )
    return tuple(sorted(str(value) for value in values))


def _median(values: np.ndarray) -> float:
    known = values[~np.isnan(values)]
    return float(np.median(known)) if len(known) else 0.0


def _numbers(column: pd.Series[Any]) -> np.ndarray:
    """A column as float64 with NaN for missing."""
    if column.dtype == object:  # mixed Python values, or nothing but None
        return np.array([as_number(value, column.name) for value in column], dtype=float)
    if not pd.api.types.is_numeric_dtype(column.dtype):
        raise EncodingError(f"feature {column.name} is of type {column.dtype}, not a number; clean the table")
    values = column.to_numpy(dtype=float, na_value=math.nan)
    infinite = np.flatnonzero(np.isinf(values))
    if len(infinite):
        raise EncodingError(f"feature {column.name}: row {infinite[0]} is infinite; clean the table")
    return values

"""Columns of values as Feast serializes them, without a protobuf message for each value.

A value that occurs more than once is serialized once. The bytes are those of
``ValueProto.SerializeToString``; an empty message, which has no bytes, is null.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from feast import FeatureView, Field
from feast.type_map import python_values_to_proto_values
from google.protobuf.timestamp_pb2 import Timestamp  # type: ignore[import-untyped]

from feature_repo.sqlite_store.arrow_rows import ARROW_TYPE, declared_column

NULL = b""
_UINT64 = 1 << 64
_CONTINUES = 0x80
_CLOCK = pa.timestamp("us", tz="UTC")


def serialized_values(view: FeatureView, rows: pa.Table, field: Field) -> list[bytes]:
    """Serialized values of a feature, each as a message of the field's declared type.

    Raises
    ------
    OnlineStoreError
        The column is missing, or holds a value that the declared type cannot hold without loss.
    """
    kind = str(field.dtype)
    if kind in _FIXED:
        return _fixed(declared_column(view, rows, field.name, ARROW_TYPE[kind]), *_FIXED[kind])
    if kind in _ENCODE:
        return _each_once(declared_column(view, rows, field.name, ARROW_TYPE[kind]), _ENCODE[kind])
    values = rows.column(field.name).combine_chunks().to_numpy(zero_copy_only=False)
    messages = python_values_to_proto_values(values, field.dtype.to_value_type())
    return [message.SerializeToString() for message in messages]


def serialized_moments(column: pa.ChunkedArray) -> list[bytes]:
    """Serialized moments, to the microsecond; those without a time zone are UTC."""
    return _each_once(column.cast(_CLOCK, safe=False).cast(pa.int64()), _moment)


def _each_once(column: pa.ChunkedArray, encode: Callable[[Any], bytes]) -> list[bytes]:
    encoded = column.combine_chunks().dictionary_encode()
    values = np.empty(len(encoded.dictionary) + 1, dtype=object)
    values[:] = [*map(encode, encoded.dictionary.to_pylist()), NULL]
    places = encoded.indices.fill_null(len(values) - 1).to_numpy()
    return list(values[places].tolist())


def _fixed(column: pa.ChunkedArray, tag: bytes, dtype: str) -> list[bytes]:
    """Tag and bytes of numbers of a fixed width; a NaN is null, as Feast has it."""
    values = column.combine_chunks().to_numpy(zero_copy_only=False).astype(dtype)
    width = 1 + values.itemsize
    message = np.empty((len(values), width), np.uint8)
    message[:, 0] = tag[0]
    message[:, 1:] = values.view(np.uint8).reshape(len(values), values.itemsize)
    found: list[bytes] = message.view(f"V{width}").ravel().tolist()
    for place in np.flatnonzero(np.isnan(values)):
        found[place] = NULL
    return found


def _varint(value: int) -> bytes:
    rest, parts = value % _UINT64, bytearray()
    while rest >= _CONTINUES:
        parts.append(rest % _CONTINUES | _CONTINUES)
        rest //= _CONTINUES
    parts.append(rest)
    return bytes(parts)


def _text(value: str) -> bytes:
    encoded = value.encode()
    return b"\x12" + _varint(len(encoded)) + encoded


def _moment(micros: int) -> bytes:
    stamp = Timestamp()
    stamp.FromMicroseconds(micros)
    return bytes(stamp.SerializeToString())


_FIXED: Mapping[str, tuple[bytes, str]] = {"Float64": (b"\x29", "<f8"), "Float32": (b"\x35", "<f4")}
_ENCODE: Mapping[str, Callable[[Any], bytes]] = {
    "String": _text,
    "Int32": lambda value: b"\x18" + _varint(value),
    "Int64": lambda value: b"\x20" + _varint(value),
    "Bool": lambda value: b"\x38" + _varint(int(value)),
}

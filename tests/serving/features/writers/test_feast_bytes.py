from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from feast import Entity, FeatureView, Field, FileSource, ValueType
from feast.type_map import python_values_to_proto_values
from feast.types import Array, Bool, Float32, Float64, Int32, Int64, String
from google.protobuf.timestamp_pb2 import Timestamp
from house import House, at, everyone, row
from hypothesis import given
from hypothesis import strategies as st
from other_stores import repo_on
from redis_server import client, redis_server

from feature_repo.errors import OnlineStoreError
from serving.features.materialize import materialize
from serving.features.writers.feast_bytes import serialized_moments, serialized_values

# Feast's own way turns whole numbers beside a null into doubles, which hold them up to here.
EXACT = 1 << 53
VALUES: dict[Any, tuple[pa.DataType, st.SearchStrategy[Any]]] = {
    String: (pa.string(), st.text(st.characters(exclude_categories=["Cs"]), max_size=200)),
    Int32: (pa.int32(), st.integers(-(1 << 31), (1 << 31) - 1)),
    Int64: (pa.int64(), st.integers(-EXACT, EXACT)),
    Bool: (pa.bool_(), st.booleans()),
    Float32: (pa.float32(), st.floats(width=32)),
    Float64: (pa.float64(), st.floats()),
    Array(Int64): (pa.list_(pa.int64()), st.lists(st.integers(-EXACT, EXACT), min_size=1, max_size=3)),
}


def view_of(dtype: Any) -> FeatureView:
    return FeatureView(
        name="typed",
        entities=[Entity(name="customer", join_keys=["customerID"], value_type=ValueType.STRING)],
        schema=[Field(name="customerID", dtype=String), Field(name="value", dtype=dtype)],
        source=FileSource(path="/nowhere.parquet", timestamp_field="event_timestamp"),
    )


@pytest.mark.parametrize("dtype", VALUES, ids=str)
@given(st.data())
def test_values_are_serialized_as_feast_does(dtype: Any, data: st.DataObject) -> None:
    kind, value = VALUES[dtype]
    column = pa.array(data.draw(st.lists(st.none() | value, min_size=1, max_size=30)), kind)
    feasts = python_values_to_proto_values(column.to_numpy(zero_copy_only=False), dtype.to_value_type())
    view, chunked = view_of(dtype), pa.chunked_array([column[:3], column[3:]])
    ours = serialized_values(view, pa.table({"value": chunked}), view.features[0])
    assert ours == [value.SerializeToString() for value in feasts]


@given(st.lists(st.datetimes(), min_size=1))
def test_moments_are_serialized_as_feast_does(moments: list[Any]) -> None:
    stamps = [Timestamp() for _ in moments]
    for stamp, moment in zip(stamps, moments, strict=True):
        stamp.FromDatetime(moment)
    column = pa.chunked_array([pa.array(moments, pa.timestamp("us"))])
    assert serialized_moments(column) == [stamp.SerializeToString() for stamp in stamps]


def test_a_value_that_the_declared_type_cannot_hold_is_named() -> None:
    view = view_of(Int64)
    with pytest.raises(OnlineStoreError, match="Column 'value' of view 'typed' is declared int64"):
        serialized_values(view, pa.table({"value": [1.5]}), view.features[0])
    with pytest.raises(OnlineStoreError, match="has no column 'value'"):
        serialized_values(view, pa.table({"other": [1]}), view.features[0])


def hashes(store: dict[str, Any]) -> dict[bytes, dict[bytes, bytes]]:
    with client(store) as opened:
        return {key: opened.hgetall(key) for key in opened.scan_iter()}


def test_redis_holds_what_feasts_own_materialize_leaves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(tmp_path, monkeypatch)
    rows = everyone(["A", "Ñandú", "C"])
    rows["billing"][0] |= {"MonthlyChargesChange3m": None, "TotalCharges": 0.5}
    rows["services"] = [row("A", "2024-05-05"), row("C", "2024-05-06", Contract="Two year")]
    house.write(rows)
    with redis_server(tmp_path) as store:
        repo = repo_on(tmp_path / "repo", store)
        house.apply(repo=repo).materialize(at("2006-02-01"), at("2026-01-01"))
        feasts = hashes(store)
        with client(store) as opened:
            opened.flushall()
        assert materialize(repo, now=lambda: at("2026-06-01")).customers["services"] == 2
        ours = hashes(store)
    assert len(feasts) == 3
    assert {key: ours.get(key) for key in feasts} == feasts
    assert len(ours) == 4, "and what the store says of itself"

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import TableShapeError
from data.lake_files import table_file
from data.lake_files.reading import batches, to_frame
from data.lake_files.table_file import TableFile, file_sha256, shape
from data.schema import BILLING, CHURN_EVENTS, LABELS, TIMESTAMP

START = datetime(2026, 1, 1, tzinfo=UTC)


def labels(rows: int) -> pa.Table:
    clock = pa.array([START] * rows, TIMESTAMP)
    return pa.table(
        {
            "customerID": pa.array([f"c{i}" for i in range(rows)], pa.string()),
            "event_timestamp": clock,
            "created_timestamp": clock,
            "Churn": pa.array(["Yes" if i % 3 else "No" for i in range(rows)], pa.string()),
        }
    )


def write(pieces: list[pa.Table]) -> tuple[str, list[int]]:
    with tempfile.TemporaryDirectory() as folder:
        file = TableFile(Path(folder) / "labels.parquet", LABELS)
        for piece in pieces:
            file.append(piece)
        file.close()
        facts = file.seal()
        metadata = pq.read_metadata(file.path)
        assert facts.rows == metadata.num_rows
        return facts.sha256, [metadata.row_group(i).num_rows for i in range(metadata.num_row_groups)]


@settings(max_examples=40)
@given(cuts=st.lists(st.integers(0, 25), max_size=6))
def test_bytes_depend_on_the_rows_and_not_on_how_they_came(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), 25]
    pieces = [labels(25).slice(a, b - a) for a, b in zip(edges, edges[1:], strict=False)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(table_file, "ROW_GROUP_ROWS", 10)
        assert write(pieces) == write([labels(25)])
        assert write(pieces)[1] == [10, 10, 5]


def test_a_file_without_rows_keeps_its_schema(tmp_path: Path) -> None:
    file = TableFile(tmp_path / "0001.parquet", BILLING)
    file.close()
    assert file.seal().rows == 0
    assert pq.read_schema(file.path).equals(BILLING.schema)
    assert list(batches(file.path)) == []


def test_seal_gives_the_checksum_of_the_file(tmp_path: Path) -> None:
    file = TableFile(tmp_path / "0001.parquet", CHURN_EVENTS)
    file.close()
    assert file.seal().sha256 == file_sha256(file.path)


def test_columns_are_reordered_and_harmless_types_widened() -> None:
    rows = labels(2)
    given_rows = pa.table(
        {
            "Churn": rows["Churn"].dictionary_encode(),
            "customerID": rows["customerID"].cast(pa.large_string()),
            "created_timestamp": rows["created_timestamp"].cast(pa.timestamp("ns", tz="UTC")),
            "event_timestamp": rows["event_timestamp"].cast(pa.timestamp("s", tz="UTC")),
        }
    )
    assert shape(given_rows, LABELS).equals(rows.cast(LABELS.schema))


def bill(**changes: pa.Array) -> pa.Table:
    row: dict[str, pa.Array] = {
        "customerID": pa.array(["A"]),
        "event_timestamp": pa.array([START], TIMESTAMP),
        "created_timestamp": pa.array([START], TIMESTAMP),
        "tenure": pa.array([1], pa.int16()),
        **{name: pa.array([1.0], pa.float32()) for name in BILLING.names[4:]},
    }
    return pa.table({**row, **changes})


def test_a_narrow_number_is_taken_and_a_null_where_allowed() -> None:
    shaped = shape(bill(MonthlyChargesChange3m=pa.nulls(1)), BILLING)
    assert shaped.schema.equals(BILLING.schema)
    assert shaped["MonthlyChargesChange3m"].null_count == 1


@pytest.mark.parametrize(
    ("column", "values", "taken"),
    [
        ("tenure", pa.array([1.0]), 1),
        ("tenure", pa.array([Decimal("5.00")]), 5),
        ("tenure", pa.array([True]), 1),
        ("TotalCharges", pa.array([3], pa.int64()), 3.0),
        ("TotalCharges", pa.array([Decimal("1.25")]), 1.25),
    ],
)
def test_a_number_of_another_kind_is_taken_if_it_fits(column: str, values: pa.Array, taken: object) -> None:
    assert shape(bill(**{column: values}), BILLING)[column].to_pylist() == [taken]


@pytest.mark.parametrize(
    ("column", "values", "said"),
    [
        ("tenure", pa.array([1.5]), "billing.tenure: Float value 1.5"),
        ("tenure", pa.array(["1"]), "billing.tenure: type string where int64"),
        ("TotalCharges", pa.array([2**60 + 1], pa.int64()), "billing.TotalCharges: Integer value"),
        ("TotalCharges", pa.array([True]), "billing.TotalCharges: type bool where double"),
        ("tenure", pa.array([None], pa.int64()), "billing.tenure: 1 of 1 rows are null"),
        (
            "event_timestamp",
            pa.array([START.replace(tzinfo=None)]),
            "billing.event_timestamp: type timestamp",
        ),
        (
            "event_timestamp",
            pa.array([1], pa.timestamp("ns", tz="UTC")),
            "billing.event_timestamp: .*lose data",
        ),
        ("created_timestamp", pa.array([START], pa.timestamp("us", tz="Europe/Berlin")), "Europe/Berlin"),
        ("tenure", pa.array([2**63], pa.uint64()), "billing.tenure: "),
        ("extra", pa.array([1]), r"missing \[\], not expected \['extra'\]"),
    ],
)
def test_what_would_lose_something_is_refused(column: str, values: pa.Array, said: str) -> None:
    with pytest.raises(TableShapeError, match=said):
        shape(bill(**{column: values}), BILLING)


def test_a_missing_column_is_named() -> None:
    with pytest.raises(TableShapeError, match=r"missing \['tenure'\]"):
        shape(bill().drop_columns(["tenure"]), BILLING)


def test_frames_keep_null_and_nan_apart() -> None:
    rows = bill(MonthlyChargesChange3m=pa.array([None], pa.float64()), TotalCharges=pa.array([float("nan")]))
    frame = to_frame(shape(rows, BILLING))
    assert frame["MonthlyChargesChange3m"].isna().tolist() == [True]
    assert frame["TotalCharges"].isna().tolist() == [False]
    assert frame["event_timestamp"].dtype == pd.DatetimeTZDtype("us", "UTC")

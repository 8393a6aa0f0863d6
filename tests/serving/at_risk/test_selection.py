from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from small_scores import write_scores

from serving.at_risk.scores_file import ScoresFile
from serving.at_risk.selection import Selection, segments_of, values_of


@pytest.fixture
def table(tmp_path: Path) -> pa.Table:
    return ScoresFile(write_scores(tmp_path / "scores.parquet")).read().table


@pytest.mark.parametrize(
    ("asked", "customers"),
    [
        ({}, "BDC"),
        ({"include_left": True}, "ABDC"),
        ({"descending": False}, "CBD"),
        ({"segment": 0}, "BC"),
        ({"contract": "Month-to-month"}, "BD"),
        ({"contract": "Two year"}, ""),
        ({"band": "low"}, "C"),
        ({"min_charge": 30.0}, "BD"),
        ({"min_charge": 30.0, "max_charge": 90.0}, "B"),
        ({"max_charge": 30.0, "include_left": True}, "A"),
        ({"sort": "monthly_charges"}, "DBC"),
        ({"sort": "monthly_charges", "descending": False}, "BDC"),
        ({"sort": "tenure", "include_left": True}, "ADBC"),
        ({"sort": "contract", "descending": False, "include_left": True}, "BDAC"),
        ({"sort": "segment", "descending": False}, "DBC"),
        ({"sort": "customerID"}, "DCB"),
    ],
)
def test_filters_and_orders(asked: dict[str, Any], customers: str, table: pa.Table) -> None:
    assert "".join(Selection(**asked).of(table)["customerID"].to_pylist()) == customers


def test_what_filters_may_take(table: pa.Table) -> None:
    assert segments_of(table) == [(0, "new"), (1, "loyal")]
    assert values_of(table["contract"]) == ["Month-to-month", "One year"]

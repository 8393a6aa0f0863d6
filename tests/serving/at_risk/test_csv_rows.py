from __future__ import annotations

import csv
import io
from typing import Any

import pyarrow as pa
import pytest

from serving.at_risk import csv_rows
from serving.at_risk.csv_rows import csv_pieces


def read(columns: dict[str, list[Any]]) -> list[list[str]]:
    text = b"".join(csv_pieces(pa.table(columns))).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


def test_a_heading_and_one_line_a_row() -> None:
    pieces = b"".join(csv_pieces(pa.table({"customerID": ["Ñ,1"], "x": [-1.5], "y": [None]})))
    assert pieces == b"\xef\xbb\xbf" + '"customerID","x","y"\n"Ñ,1",-1.5,\n'.encode()


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\n=1", "\r=1", "＝1+1", "＋1", "－1", "＠SUM(A1)"]
)
def test_no_text_is_run_as_a_formula(text: str) -> None:
    assert read({"customerID": [text, f"a{text}"]}) == [["customerID"], [f"'{text}"], [f"a{text}"]]


def test_no_row_is_lost_between_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_rows, "ROWS", 7)
    assert read({"n": list(range(20))})[1:] == [[str(number)] for number in range(20)]
    assert read({"n": []}) == [["n"]]

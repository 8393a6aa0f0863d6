from __future__ import annotations

import csv
import tempfile
from pathlib import Path

import pytest

from data.contracts.bad_rows_error import bad_rows_error
from data.violations import Violation


def violation(line: int, column: str = "tenure") -> Violation:
    return Violation(f"line {line}", column, "'x'", "a number", line)


def test_few_bad_rows_are_all_in_the_message_in_order(tmp_path: Path) -> None:
    error = bad_rows_error(
        Path("telco.csv"), [violation(7), violation(2), violation(2, "gender")], "Mend it."
    )
    assert str(error).splitlines() == [
        "telco.csv cannot be loaded: 3 problems on 2 lines.",
        "  line 2, tenure: 'x'; rule: a number",
        "  line 2, gender: 'x'; rule: a number",
        "  line 7, tenure: 'x'; rule: a number",
        "Mend it.",
    ]
    assert [v.line for v in error.violations] == [2, 2, 7]


def test_many_bad_rows_are_all_in_the_file_that_the_message_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    error = bad_rows_error(Path("telco.csv"), [violation(line) for line in range(2, 62)])
    (report,) = tmp_path.iterdir()
    assert str(error).splitlines()[-1] == f"  and 10 more; all of them are listed in {report}"
    with report.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["line"] for row in rows] == [str(line) for line in range(2, 62)]
    assert rows[0] == {"line": "2", "column": "tenure", "value": "'x'", "rule": "a number"}
    assert len(error.violations) == 60

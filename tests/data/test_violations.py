from __future__ import annotations

import pytest

from data.violations import Violation, counted, listed, values_text


def test_a_violation_reads_as_place_column_value_rule() -> None:
    assert (
        str(Violation("line 3", "tenure", "'abc'", "a number", 3)) == "line 3, tenure: 'abc'; rule: a number"
    )


def test_a_long_list_says_how_many_are_left_out() -> None:
    many = [Violation(f"line {i}", "c", "v", "r", i) for i in range(1_060)]
    assert listed(many).splitlines()[-1] == "  and 1,010 more"
    assert len(listed(many[:50]).splitlines()) == 50


def test_values_are_quoted_and_cut() -> None:
    assert values_text(["a b", 3, 1.5, None]) == "'a b', 3, 1.5, None"
    assert values_text(["\x00\n"]) == r"'\x00\n'"
    assert len(values_text(["x" * 1000])) == 80


@pytest.mark.parametrize(("number", "text"), [(0, "0 lines"), (1, "1 line"), (2_000, "2,000 lines")])
def test_counted(number: int, text: str) -> None:
    assert counted(number, "line") == text

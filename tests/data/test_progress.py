from __future__ import annotations

import pytest

from data.progress import bars


def test_nothing_is_drawn_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with bars() as report:
        report("billing", 1, 2)
        report("billing", 2, 2)
    assert capsys.readouterr() == ("", "")


def test_a_bar_names_the_table_on_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm")
    with bars() as report:
        report("billing", 1, 2)
    out, err = capsys.readouterr()
    assert out == ""
    assert "billing" in err
    assert "1/2" in err

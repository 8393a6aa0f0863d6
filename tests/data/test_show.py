from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from data.errors import LakeDamagedError, LakeMissingError
from data.show import lake_table

History = dict[str, list[dict[str, Any]]]


def text(lake: Path) -> str:
    stream = io.StringIO()
    Console(file=stream, width=200).print(lake_table(lake))
    return stream.getvalue()


def test_the_base_and_every_table_with_its_dates(
    lake: Path, history: History, write_history: Callable[..., None]
) -> None:
    write_history(lake, history)
    said = text(lake)
    assert f"simulated-tiny in {lake}" in said
    assert "kind: simulated; labels: events; tickets: yes" in said
    assert "data until: 2026-04-01 00:00 UTC" in said
    assert "source: customers 2" in said
    lines = [[cell.strip() for cell in line.split("│")[1:-1]] for line in said.splitlines() if "│" in line]
    cells = {line[0]: line[1:] for line in lines}
    assert cells["billing"] == ["5", "2026-01-05", "2026-02-28", "2026-03-20", "0.0"]
    assert cells["labels"] == ["0", "", "", "", "0.0"]


def test_a_damaged_table_is_named(lake: Path, history: History, write_history: Callable[..., None]) -> None:
    write_history(lake, history)
    (lake / "offers.parquet").write_bytes(b"")
    with pytest.raises(LakeDamagedError, match=r"offers\.parquet cannot be opened"):
        text(lake)


def test_no_lake(lake: Path) -> None:
    with pytest.raises(LakeMissingError):
        text(lake)

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from lake_content import flatten
from rich.console import Console

from data.commands.show import lake_table
from data.errors import LakeDamagedError, LakeMissingError
from data.loading.load_csv import load
from data.loading.load_tables import load_tables
from data.loading.loaded import user_name
from data.schema import LATER_TABLES

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
    assert "1 customer as of 2026-04-01, after 1 leave" in said
    assert "source: customers 2" in said
    lines = [[cell.strip() for cell in line.split("│")[1:-1]] for line in said.splitlines() if "│" in line]
    cells = {line[0]: line[1:] for line in lines}
    assert cells["billing"] == ["5", "2026-01-05", "2026-02-28", "2026-03-20", "0.0"]
    assert cells["labels"] == ["0", "", "", "", "0.0"]


def test_the_editions_with_who_loaded_what(
    lake: Path, telco_rows: list[dict[str, str]], write_csv: Callable[..., Path]
) -> None:
    load(write_csv(telco_rows), datetime(2026, 3, 1, tzinfo=UTC), lake)
    load(write_csv(telco_rows[:3], "april.csv"), datetime(2026, 4, 1, tzinfo=UTC), lake)
    said = text(lake)
    march, april = (line.strip() for line in said.splitlines() if line.startswith("edition"))
    everyone = ("demographics 4", "services 4", "billing 4", "labels 4")
    assert (
        march == f"edition 1 until 2026-03-01, loaded by {user_name()} from telco.csv: {', '.join(everyone)}"
    )
    assert april.endswith("from april.csv: demographics 3, services 3, billing 3, labels 3")


def test_of_a_history_the_files_it_came_from(
    lake: Path, tmp_path: Path, history: History, write_history: Callable[..., None]
) -> None:
    theirs = tmp_path / "theirs"
    write_history(theirs, history)
    flatten(theirs)
    for name in ("labels", "offers", *LATER_TABLES):
        (theirs / f"{name}.parquet").unlink()
    load_tables(theirs, datetime(2026, 4, 1, tzinfo=UTC), lake)
    assert "source: sha256 of billing, churn_events, demographics, services, tickets\n" in re.sub(
        " +\n", "\n", text(lake)
    )


def test_a_damaged_table_is_named(lake: Path, history: History, write_history: Callable[..., None]) -> None:
    write_history(lake, history)
    (lake / "offers.parquet" / "0001.parquet").write_bytes(b"")
    with pytest.raises(LakeDamagedError, match=r"offers\.parquet/0001\.parquet cannot be opened"):
        text(lake)


def test_no_lake(lake: Path) -> None:
    with pytest.raises(LakeMissingError):
        text(lake)

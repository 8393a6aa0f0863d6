"""What lies in a lake's folder, byte by byte, and a lake whose tables are one file each."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from data.schema import TABLES

History = dict[str, list[dict[str, Any]]]


def as_table(name: str, rows: list[dict[str, Any]]) -> pa.Table:
    """Rows as a telecom's own file: an optional column that no row names is not there."""
    lacking = {
        column.name for column in TABLES[name].optional if rows and all(column.name not in r for r in rows)
    }
    fields = [field.with_nullable(True) for field in TABLES[name].schema if field.name not in lacking]
    return pa.Table.from_pylist(rows, pa.schema(fields))


def content(folder: Path) -> dict[str, bytes]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def rows_of(lake: Path) -> dict[str, list[str]]:
    return {name: sorted(map(str, pq.read_table(lake / f"{name}.parquet").to_pylist())) for name in TABLES}


def known(history: History, until: datetime, since: datetime | None = None) -> History:
    """The rows that were learned up to a moment, and after another one."""
    return {
        name: [
            row
            for row in rows
            if row["created_timestamp"] <= until and (since is None or row["created_timestamp"] > since)
        ]
        for name, rows in history.items()
    }


def flatten(lake: Path) -> None:
    """Make each table of one part one file, as in a telecom's extract and in a lake of a former format."""
    for place in lake.glob("*.parquet"):
        (part,) = place.iterdir()
        part.rename(moved := place.with_suffix(".moved"))
        place.rmdir()
        moved.rename(place)


def make_former(lake: Path, layout: int = 2) -> None:
    """Make a lake of one edition what a former version wrote."""
    flatten(lake)
    plain = json.loads((lake / "manifest.json").read_text())
    plain |= {"format": layout, "tables": {name: part for name, (part,) in plain["tables"].items()}}
    if layout == 1:
        del plain["name"], plain["editions"]
    (lake / "manifest.json").write_text(json.dumps(plain))

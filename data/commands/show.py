"""What lies in a lake, as a table for the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from rich.console import Group
from rich.table import Table as RichTable

from data.errors import LakeDamagedError
from data.lake_files.manifest import Manifest
from data.lake_files.parts import parts_of, table_path, table_range
from data.lake_files.swap import open_lake
from data.loading.loaded import customers_text
from data.schema import TABLES

MEGABYTE = 1e6


def lake_table(lake: Path) -> Group:
    """Return the base and, per table, its rows, first and last event, when last learned, and size.

    Only the manifest and the Parquet footers are read; `python -m data check` reads the rows.

    Raises
    ------
    LakeMissingError, LakeDamagedError
        There is no lake, or a table of it cannot be opened.
    """
    manifest = open_lake(lake)
    table = RichTable("table")
    for name in ("rows", "first event", "last event", "last learned", "MB"):
        table.add_column(name, justify="right")
    for name in TABLES:
        table.add_row(name, *_cells(lake, name, manifest))
    return Group(*_lines(lake, manifest), table, *_edition_lines(manifest))


def _lines(lake: Path, manifest: Manifest) -> Iterator[str]:
    facts = manifest.facts
    yield f"{facts.base} in {lake}"
    yield f"kind: {facts.kind}; labels: {facts.labels}; tickets: {'yes' if facts.tickets else 'no'}"
    yield f"data until: {facts.data_until:%Y-%m-%d %H:%M} UTC"
    yield customers_text(manifest)
    yield "source: " + ", ".join(f"{key} {_brief(value)}" for key, value in sorted(facts.source.items()))


def _edition_lines(manifest: Manifest) -> Iterator[str]:
    """A line for each edition: until when, who loaded which file, and the rows that it added."""
    for number, edition in enumerate(manifest.editions, start=1):
        added = ", ".join(f"{name} {rows:,}" for name in TABLES if (rows := edition.rows.get(name)))
        who = f", loaded by {edition.loaded_by}" if edition.loaded_by else ""
        file = f" from {edition.source['file']}" if "file" in edition.source else ""
        yield f"edition {number} until {edition.data_until:%Y-%m-%d}{who}{file}: {added or 'no row'}"


def _brief(value: Any) -> str:
    """The value, or for checksums by file the names of the files."""
    return f"of {', '.join(sorted(value))}" if isinstance(value, dict) else str(value)


def _cells(lake: Path, name: str, manifest: Manifest) -> tuple[str, ...]:
    paths = parts_of(lake, name)
    lost = (table_path(lake, name),) if manifest.tables[name].parts else ()
    metadata = [_metadata(path) for path in paths or lost]
    events, learned = (table_range(metadata, f"{clock}_timestamp") for clock in ("event", "created"))
    size = f"{sum(path.stat().st_size for path in paths) / MEGABYTE:,.1f}"
    rows = f"{sum(each.num_rows for each in metadata):,}"
    return rows, *(_day(moment) for moment in (*(events or (None, None)), learned and learned[1])), size


def _metadata(path: Path) -> pq.FileMetaData:
    try:
        return pq.read_metadata(path)
    except (OSError, pa.ArrowException, UnicodeDecodeError) as wrong:
        raise LakeDamagedError(f"{path} cannot be opened; `python -m data check` says more.") from wrong


def _day(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment:%Y-%m-%d}"

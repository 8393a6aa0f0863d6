"""The check that a lake's files are there, readable and unchanged."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from data.errors import LakeDamagedError
from data.lake_files.manifest import Manifest, Part
from data.lake_files.parts import part_path, table_path
from data.lake_files.swap import open_lake
from data.lake_files.table_file import file_sha256
from data.schema import TABLES, Table


def check_files(lake: Path, *, hashed: bool = True) -> Manifest:
    """Check that every file of a lake is there, readable and unchanged since it was written.

    Parameters
    ----------
    lake : Path
        The lake's folder.
    hashed : bool
        Whether to compare checksums, which reads every byte; otherwise only the Parquet footers are read.

    Raises
    ------
    LakeMissingError, LakeDamagedError
        The latter lists every damaged file.
    """
    manifest = open_lake(lake)
    found = [each for table in TABLES.values() for each in _damages(lake, table, manifest, hashed)]
    if found:
        lines = "\n".join(f"  {path} {damage}" for path, damage in found)
        raise LakeDamagedError(
            f"The lake of base {manifest.facts.base} is damaged:\n{lines}\n"
            "Write it again with `python -m data simulate` or `python -m data load FILE`, with --replace."
        )
    return manifest


def _damages(lake: Path, table: Table, manifest: Manifest, hashed: bool) -> Iterator[tuple[Path, str]]:
    place = table_path(lake, table.name)
    if table.name not in manifest.tables:
        yield place, "is not in the manifest"
        return
    stated = manifest.tables[table.name].parts
    if place.exists() != bool(stated):
        yield place, "is missing" if stated else "is not in the manifest"
    if not place.exists() or not stated:
        return
    numbers = range(1, len(stated) + 1)
    paths = [place] if manifest.is_former else [part_path(lake, table.name, number) for number in numbers]
    for path, part in zip(paths, stated, strict=True):
        if damage := _damage(path, table, part, hashed):
            yield path, damage
    strange = set(place.iterdir()) - set(paths) if place.is_dir() else ()
    yield from ((path, "is not in the manifest") for path in sorted(strange))


def _damage(path: Path, table: Table, stated: Part, hashed: bool) -> str | None:
    if not path.is_file():
        return "is missing"
    try:
        with pq.ParquetFile(path) as file:
            schema, rows = file.schema_arrow, file.metadata.num_rows
    except (OSError, pa.ArrowException, UnicodeDecodeError) as wrong:  # the last: a damaged column name
        return f"is truncated or no Parquet file ({_first_line(wrong)})"
    if not schema.equals(_expected(schema, table)):
        return f"has other columns or types than the schema ({_difference(schema, table)})"
    if rows != stated.rows:
        return f"has {rows:,} rows, the manifest says {stated.rows:,}"
    if hashed and file_sha256(path) != stated.sha256:
        return "was changed after it was written (its sha256 is not the manifest's)"
    return None


def _expected(schema: pa.Schema, table: Table) -> pa.Schema:
    """Return the table's schema without the optional columns that a part of an earlier version lacks."""
    lacking = {column.name for column in table.optional} - set(schema.names)
    return pa.schema([field for field in table.schema if field.name not in lacking])


def _first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0]


def _difference(schema: pa.Schema, table: Table) -> str:
    for field in _expected(schema, table):
        at = schema.get_field_index(field.name)
        if at < 0:
            return f"column {field.name} is missing"
        if not schema.field(at).equals(field):
            return f"{_named(schema.field(at))} where {_named(field)} is expected"
    return "columns that are not expected, or another order"


def _named(field: pa.Field) -> str:
    return f"{field.name}: {field.type}{'' if field.nullable else ' not null'}"

"""The check that a lake's files are there, readable and unchanged."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from data.errors import LakeDamagedError
from data.lake_files.manifest import Manifest
from data.lake_files.swap import open_lake
from data.lake_files.table_file import file_sha256
from data.schema import TABLES, Table


def check_files(lake: Path) -> Manifest:
    """Check that every file of a lake is there, readable and unchanged since it was written.

    Raises
    ------
    LakeMissingError, LakeDamagedError
        The latter lists every damaged file.
    """
    manifest = open_lake(lake)
    found = [(name, _damage(lake, table, manifest)) for name, table in TABLES.items()]
    damaged = [f"  {lake / name}.parquet {damage}" for name, damage in found if damage]
    if damaged:
        lines = "\n".join(damaged)
        raise LakeDamagedError(
            f"The lake of base {manifest.facts.base} is damaged:\n{lines}\n"
            "Write it again with `python -m data simulate` or `python -m data load FILE`, with --replace."
        )
    return manifest


def _damage(lake: Path, table: Table, manifest: Manifest) -> str | None:
    path = lake / f"{table.name}.parquet"
    if table.name not in manifest.tables:
        return "is not in the manifest"
    if not path.is_file():
        return "is missing"
    try:
        with pq.ParquetFile(path) as file:
            schema, rows = file.schema_arrow, file.metadata.num_rows
    except (OSError, pa.ArrowException, UnicodeDecodeError) as wrong:  # the last: a damaged column name
        return f"is truncated or no Parquet file ({_first_line(wrong)})"
    stated = manifest.tables[table.name]
    if not schema.equals(table.schema):
        return f"has other columns or types than the schema ({_difference(schema, table)})"
    if rows != stated.rows:
        return f"has {rows:,} rows, the manifest says {stated.rows:,}"
    if file_sha256(path) != stated.sha256:
        return "was changed after it was written (its sha256 is not the manifest's)"
    return None


def _first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0]


def _difference(schema: pa.Schema, table: Table) -> str:
    for field in table.schema:
        at = schema.get_field_index(field.name)
        if at < 0:
            return f"column {field.name} is missing"
        if not schema.field(at).equals(field):
            return f"{_named(schema.field(at))} where {_named(field)} is expected"
    return "columns that are not expected, or another order"


def _named(field: pa.Field) -> str:
    return f"{field.name}: {field.type}{'' if field.nullable else ' not null'}"

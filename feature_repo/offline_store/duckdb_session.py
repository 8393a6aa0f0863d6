"""A DuckDB connection of one read's own, within its memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory

import duckdb

MEMORY_LIMIT = "700MB"


@contextmanager
def duckdb_session(memory_limit: str = MEMORY_LIMIT) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a connection; several threads may each have one.

    Parameters
    ----------
    memory_limit : str
        What DuckDB may hold, such as ``700MB``. What is more goes into a private folder, which is removed
        afterwards.
    """
    with TemporaryDirectory(prefix="stayline-duckdb-") as folder:
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": memory_limit,
            "temp_directory": folder,
            "preserve_insertion_order": False,  # every read puts its rows in order itself
            "autoinstall_known_extensions": False,
        }
        with duckdb.connect(config=config) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            yield connection

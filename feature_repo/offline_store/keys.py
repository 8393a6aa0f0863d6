"""Whose rows a table holds, and whose are new, read from keys and clocks alone."""

from __future__ import annotations

from datetime import datetime

import duckdb
import pyarrow as pa

from feature_repo.offline_store.parquet_table import ParquetTable, moment


def read_keys(
    connection: duckdb.DuckDBPyConnection, table: ParquetTable, start: datetime, end: datetime
) -> pa.Array:
    """Keys with a row that became true between two moments, both included; each once, in any order."""
    within = _within(start, end)
    rows = connection.sql(f"SELECT DISTINCT f.k0 FROM {table.narrow()} f WHERE {within}").to_arrow_table()
    return rows.column(0).combine_chunks()


def count_keys(
    connection: duckdb.DuckDBPyConnection, table: ParquetTable, start: datetime, end: datetime
) -> int:
    """How many keys `read_keys` finds."""
    within = _within(start, end)
    query = f"SELECT count(DISTINCT f.k0) FROM {table.narrow()} f WHERE {within}"
    ((count,),) = connection.sql(query).fetchall()
    return int(count)


def _within(start: datetime, end: datetime) -> str:
    return f"f.event BETWEEN {moment(start)} AND {moment(end)}"


def read_news(connection: duckdb.DuckDBPyConnection, table: ParquetTable, since: datetime) -> pa.Table:
    """Keys with a row that became true after a moment, or was learned at or after it.

    Of what is learned at the moment itself, some may come after a read. A row that does not say when it was
    learned counts as news.

    Returns
    -------
    pyarrow.Table
        ``key``, each once, and ``earliest``: when the first of its new rows became true (UTC).
    """
    new = f"f.event > {moment(since)} OR f.created >= {moment(since)} OR f.created IS NULL"
    return connection.sql(
        f"SELECT f.k0 AS key, min(f.event) AS earliest FROM {table.narrow()} f WHERE {new} GROUP BY f.k0"
    ).to_arrow_table()


def read_returns(
    connection: duckdb.DuckDBPyConnection, joined: ParquetTable, left: ParquetTable, end: datetime
) -> pa.Table:
    """Keys that came back: their latest row in `joined` became true after their latest one in `left`.

    Returns
    -------
    pyarrow.Table
        ``key``, each once, and ``since``: when they came back (UTC).
    """
    leaves = f"SELECT k0, max(event) AS event FROM {left.narrow()} WHERE event <= {moment(end)} GROUP BY k0"
    return connection.sql(
        f"SELECT f.k0 AS key, max(f.event) AS since FROM {joined.narrow()} f JOIN ({leaves}) g USING (k0) "
        f"WHERE f.event > g.event AND f.event <= {moment(end)} GROUP BY f.k0"
    ).to_arrow_table()


def read_keys_since(
    connection: duckdb.DuckDBPyConnection, table: ParquetTable, asked: pa.Table, end: datetime
) -> pa.Array:
    """Keys of `asked` (``key``, ``since``) with a row from then to a moment, both included; each once."""
    connection.register("asked", asked)
    rows = connection.sql(
        f"SELECT DISTINCT f.k0 FROM {table.narrow()} f JOIN asked ON f.k0 = asked.key "
        f"WHERE f.event BETWEEN asked.since AND {moment(end)}"
    )
    return rows.to_arrow_table().column(0).combine_chunks()

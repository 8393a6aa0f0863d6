"""The newest row of each key between two moments, which is what Feast's materialize writes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import duckdb
import pyarrow as pa

from feature_repo.offline_store.newest import newest
from feature_repo.offline_store.parquet_table import ParquetTable, moment, quoted


def read_latest(
    connection: duckdb.DuckDBPyConnection,
    table: ParquetTable,
    columns: Sequence[str],
    start: datetime,
    end: datetime,
) -> pa.Table:
    """Newest row of each key, of those that became true between two moments.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        With UTC as its time zone.
    table : ParquetTable
    columns : sequence of str
        Columns beside the keys and the clocks.
    start, end : datetime
        Both included; without a time zone they are UTC.

    Returns
    -------
    pyarrow.Table
        Keys, columns and clocks as the file has them, in any order.
    """
    keys = ", ".join(f"f.k{at}" for at, _ in enumerate(table.keys))
    bounds = f"BETWEEN {moment(start)} AND {moment(end)}"
    within = f"f.event {bounds}"
    number = newest(connection, table)
    chosen = f"SELECT {number} AS number FROM {table.narrow()} f WHERE {within} GROUP BY {keys}"
    clocks = [table.event, *([table.created] if table.created else [])]
    names = list(dict.fromkeys([*table.keys, *columns, *clocks]))
    named = ", ".join(f"w.w{at} AS {quoted(name)}" for at, name in enumerate(names))
    wide = f"JOIN {table.wide(names, bounds)} w USING (number)"
    return connection.sql(f"WITH chosen AS ({chosen}) SELECT {named} FROM chosen {wide}").to_arrow_table()

"""What the same work takes at least: DuckDB, numpy and SQLite without any interface between them."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

TTL = {"demographics": 7300, "services": 7300, "billing": 62, "tickets": 62}
CLOCKS = ("customerID", "event_timestamp", "created_timestamp")


def point_in_time(lake: Path, entities: pa.Table) -> pa.Table:
    """Both clocks and times to live: the newest event's row number, then the rows by number."""
    connection = _connection()
    connection.register("e", entities.append_column("rid", pa.array(np.arange(entities.num_rows))))
    parts, names, joins = [], [], ""
    for view, days in TTL.items():
        narrow = f"(SELECT {', '.join(CLOCKS)}, file_row_number rn FROM {_file(lake, view)})"
        known = "f.event_timestamp <= e.event_timestamp AND f.created_timestamp <= e.event_timestamp"
        valid = f"f.event_timestamp + INTERVAL {days} DAY >= e.event_timestamp"
        parts.append(
            f"a_{view} AS (SELECT e.rid, arg_max(f.rn, f.event_timestamp) rn FROM e JOIN {narrow} f "
            f"ON e.customerID = f.customerID AND {known} AND {valid} GROUP BY 1), "
            f"g_{view} AS (SELECT a.rid, {_columns(lake, view, 'g')} FROM a_{view} a "
            f"JOIN {_file(lake, view)} g ON a.rn = g.file_row_number)"
        )
        joins += f" LEFT JOIN g_{view} ON e.rid = g_{view}.rid"
        names.append(_columns(lake, view, f"g_{view}"))
    return connection.sql(
        f"WITH {', '.join(parts)} SELECT e.*, {', '.join(names)} FROM e{joins}"
    ).to_arrow_table()


def at_one_date(lake: Path, date: str) -> pa.Table:
    """The newest known row of each view at a date, without a join."""
    parts, names, joins = [], [], ""
    for view in TTL:
        parts.append(_newest(lake, view, date, f"AND created_timestamp <= TIMESTAMPTZ '{date}'"))
        names.append(_columns(lake, view, f"g_{view}"))
        if view != "demographics":
            joins += f" LEFT JOIN g_{view} ON g_demographics.customerID = g_{view}.customerID"
    return (
        _connection()
        .sql(
            f"WITH {', '.join(parts)} SELECT g_demographics.customerID, {', '.join(names)} "
            f"FROM g_demographics{joins}"
        )
        .to_arrow_table()
    )


def score_all(lake: Path, date: str, scorer: Any, out: Path) -> int:
    """Newest rows, dictionary indices, matrix, the model's probabilities and segments, Parquet."""
    table = at_one_date(lake, date)
    matrix = _matrix(scorer.model.encoder, table)
    segments = matrix if scorer._shared_encoding else _matrix(scorer.model.segments.encoder, table)
    chunks = range(0, len(matrix), 65_536)
    parts = [scorer._score(matrix[at : at + 65_536], segments[at : at + 65_536]) for at in chunks]
    scores = [np.concatenate(part) for part in zip(*parts, strict=True)]
    names = ("probability", "band", "segment")
    columns = dict(zip(names, scores, strict=True))
    shown = {name: table[name] for name in ("customerID", "Contract", "MonthlyCharges", "tenure")}
    pq.write_table(pa.table({**shown, **columns}), out)
    return len(matrix)


def materialize(lake: Path, date: str, database: Path) -> int:
    """The newest row of each view by its event, as typed columns into SQLite, in one transaction."""
    connection = sqlite3.connect(database, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("BEGIN")
    rows = 0
    for view in TTL:
        table = newest(lake, view, date)
        columns = ", ".join(f'"{name}"' for name in table.column_names[1:])
        connection.execute(f"CREATE TABLE {view} (customerID TEXT PRIMARY KEY, {columns}) WITHOUT ROWID")
        marks = ", ".join("?" * table.num_columns)
        for clock in CLOCKS[1:]:
            at = table.column_names.index(clock)
            table = table.set_column(at, clock, table[clock].cast(pa.int64()))
        for batch in table.to_batches(50_000):
            values = zip(*(column.to_pylist() for column in batch.columns), strict=True)
            connection.executemany(f"INSERT INTO {view} VALUES ({marks})", values)
        rows += table.num_rows
    connection.execute("COMMIT")
    return rows


def newest(lake: Path, view: str, date: str) -> pa.Table:
    """The newest row of each customer by its event, sorted by customer."""
    query = f"WITH {_newest(lake, view, date)} SELECT * FROM g_{view} ORDER BY customerID"
    return _connection().sql(query).to_arrow_table()


def _connection() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def _file(lake: Path, view: str) -> str:
    path = lake / f"{view}.parquet"
    assert path.is_file(), f"{path} has parts, and a row's number in its file would stand for several rows"
    return f"read_parquet('{path}', file_row_number = true)"


def _columns(lake: Path, view: str, alias: str) -> str:
    names = pq.read_schema(lake / f"{view}.parquet").names
    return ", ".join(f'{alias}."{name}"' for name in names if name not in CLOCKS)


def _newest(lake: Path, view: str, date: str, known: str = "") -> str:
    at = f"TIMESTAMPTZ '{date}'"
    return (
        f"a_{view} AS (SELECT customerID, arg_max(file_row_number, event_timestamp) rn "
        f"FROM {_file(lake, view)} WHERE event_timestamp <= {at} {known} "
        f"AND event_timestamp >= {at} - INTERVAL {TTL[view]} DAY "
        f"GROUP BY 1), g_{view} AS (SELECT g.* EXCLUDE (file_row_number) FROM a_{view} a "
        f"JOIN {_file(lake, view)} g ON a.rn = g.file_row_number)"
    )


def _matrix(encoder: Any, table: pa.Table) -> np.ndarray:
    numbers, categories = encoder._plan
    matrix = np.zeros((table.num_rows, len(encoder.columns)))
    for name, at, fill in numbers:
        matrix[:, at] = pc.fill_null(pc.cast(table[name], pa.float64()), fill).to_numpy()
    for name, _, places in categories:
        texts = table[name].combine_chunks().dictionary_encode()
        column = np.array([places.get(value, -1) for value in texts.dictionary.to_pylist()] + [-1])
        found = column[pc.fill_null(texts.indices, len(column) - 1).to_numpy()]
        rows = np.flatnonzero(found >= 0)
        matrix[rows, found[rows]] = 1.0
    return matrix

"""Which of a group of rows is the newest: SQL that takes the greatest of one whole number a row, if it fits.

The number holds the event clock, the created clock and the row's place, in this order. Its greatest is found
in about two thirds of the time that the greatest of a structure of the three takes.
"""

from __future__ import annotations

import duckdb

from feature_repo.offline_store.parquet_table import ROW_BITS, ParquetTable, text

BITS = 127
"""Of a HUGEINT that is not negative."""
BY_STRUCTURE = (
    "max(struct_pack(event := f.event, created := coalesce(f.created, '-infinity'::TIMESTAMPTZ), "
    "number := f.number)).number"
)


def newest(connection: duckdb.DuckDBPyConnection, table: ParquetTable) -> str:
    """Of a group of rows f of `table.narrow()`: the number of the newest, in SQL.

    It is the row that became true last, of these the one learned last, of these the last. A row that does not
    say when it was learned comes before those that do.
    """
    events = _range(connection, table, table.event)
    # The literal that stands for a created clock that the table does not have is null in every row.
    learned = _range(connection, table, table.created) if table.created else (0, 0)
    if events is None or learned is None:
        return BY_STRUCTURE
    row_bits, place_bits = _place_bits(connection, table)
    created_bits = (learned[1] - learned[0] + 1).bit_length()
    if (events[1] - events[0]).bit_length() + created_bits + place_bits > BITS:
        return BY_STRUCTURE
    place = _shifted("f.number", ROW_BITS, row_bits)
    event = f"(epoch_us(f.event) - ({events[0]}))::HUGEINT << {created_bits + place_bits}"
    created = f"coalesce(epoch_us(f.created) - ({learned[0] - 1}), 0)::HUGEINT << {place_bits}"
    greatest = f"max(({event}) | ({created}) | ({place}))"
    return _shifted(f"(({greatest}) & {2**place_bits - 1})::BIGINT", row_bits, ROW_BITS)


def _shifted(number: str, bits: int, wanted: int) -> str:
    """A number of a file's place and a row's, which takes `bits`, as one whose row takes those wanted."""
    return f"((({number}) >> {bits}) << {wanted}) | (({number}) & {2**bits - 1})"


def _range(connection: duckdb.DuckDBPyConnection, table: ParquetTable, clock: str) -> tuple[int, int] | None:
    """Bounds of a clock by the files' statistics, in microseconds since 1970 UTC; None if they do not say."""
    query = (
        "SELECT epoch_us(min(low)) - 1, epoch_us(max(high)) + 1 "  # what is finer may be rounded either way
        "FROM (SELECT try_cast(stats_min_value AS TIMESTAMPTZ) AS low, "
        "try_cast(stats_max_value AS TIMESTAMPTZ) AS high, stats_null_count = row_group_num_rows AS empty "
        f"FROM parquet_metadata({text(table.path)}) WHERE path_in_schema = {text(clock)} "
        "AND row_group_num_rows > 0) "
        "HAVING bool_and(coalesce(isfinite(low) AND isfinite(high), empty, false)) AND count(low) > 0"
    )
    rows: list[tuple[int, int]] = connection.sql(query).fetchall()
    return rows[0] if rows else None


def _place_bits(connection: duckdb.DuckDBPyConnection, table: ParquetTable) -> tuple[int, int]:
    """How many bits a row's place in its file takes, and how many that and its file's place take."""
    query = f"SELECT count(*), max(num_rows) FROM parquet_file_metadata({text(table.path)})"
    ((files, rows),) = connection.sql(query).fetchall()
    return int(rows).bit_length(), int(rows).bit_length() + int(files).bit_length()

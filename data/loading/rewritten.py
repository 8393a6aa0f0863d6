"""Whether data of a later edition say the same of the past as the lake does.

What an edition knew, every later one must say again, or leave alone. Rows that were learned since are news,
whatever date they speak of. All of it is compared by DuckDB, which needs no more memory than it is given.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from data.errors import RewrittenHistoryError
from data.lake_files.parts import parts_of
from data.schema import KEYS, TABLES, TIMESTAMP, Column, Table
from data.violations import MOST_LISTED, Violation, counted, listed, values_text

CLOCKS = ("event_timestamp", "created_timestamp")
RULE = "as an earlier edition had it"


def rewritten(
    lake: Path, files: Mapping[str, Path], until: datetime, *, whole: bool
) -> tuple[list[Violation], int]:
    """Return what files say of the past that the lake does not, and how much of it there is.

    Parameters
    ----------
    lake : Path
        The folder of the former edition.
    files : mapping of str to Path
        Parquet files by table, of the tables' own columns.
    until : datetime
        UTC; what was learned up to here is the past.
    whole : bool
        Whether the files must hold the whole past, or only what they say of it must agree.

    Returns
    -------
    violations, count
        The first of them, at most `MOST_LISTED` of a table; and the number of all.
    """
    found: list[Violation] = []
    count = 0
    for name, path in files.items():
        differences = _Differences(TABLES[name], parts_of(lake, name), path, until)
        if here := differences.count(whole):
            count += here
            found += differences.first(whole)
    return found, count


def refuse_rewritten(lake: Path, files: Mapping[str, Path], until: datetime, *, whole: bool) -> None:
    """Raise RewrittenHistoryError if `rewritten` finds something; its message lists it."""
    found, count = rewritten(lake, files, until, whole=whole)
    if found:
        more = f"\n  and {count - MOST_LISTED:,} more" if count > MOST_LISTED else ""
        raise RewrittenHistoryError(
            f"The data say something else of the time up to {until:%Y-%m-%d} than the lake {lake} does, "
            f"{counted(count, 'time')}:\n{listed(found[:MOST_LISTED])}{more}\n"
            "Load what was known then as it was, and corrections with a later created_timestamp. To take the "
            "new values as corrections that are learned today, add --accept-corrections.",
            found,
        )


def corrections(lake: Path, name: str, path: Path, until: datetime, learned: datetime) -> Iterator[pa.Table]:
    """Yield the rows of the past that the lake has otherwise or not at all, as learned at `learned`."""
    differences = _Differences(TABLES[name], parts_of(lake, name), path, until)
    for rows in differences.changed():
        moments = pa.array([learned], TIMESTAMP).take(pa.array([0] * rows.num_rows, pa.int64()))
        at = rows.column_names.index("created_timestamp")
        yield rows.set_column(at, "created_timestamp", moments)


class _Differences:
    """The full outer join of what the lake knew of a table and what a file says of the same time."""

    def __init__(self, table: Table, known: Sequence[Path], given: Path, until: datetime) -> None:
        self._table = table
        self._keys = list(dict.fromkeys((*KEYS, *table.unique)))  # offers are named by campaign as well
        self._values = [name for name in table.names if name not in self._keys]
        import duckdb  # only here: what is new alone is compared with nothing

        self._connection = duckdb.connect()
        # A table that came after the lake has no file: it has no row, and the columns of the given one.
        self._view("known", known or [given], "" if known else " WHERE false")
        self._view("given", [given], f" WHERE created_timestamp <= {_micros(until)}")

    def _view(self, name: str, paths: Sequence[Path], where: str) -> None:
        """Make a view of files, the clocks as microseconds: for moments DuckDB needs an extension."""
        files = f"read_parquet([{', '.join(map(_text, paths))}], union_by_name = true)"
        there = self._connection.sql(f"FROM {files}").columns
        columns = ", ".join(_column(column, column.name in there) for column in self._table.columns)
        self._connection.sql(f"SELECT * FROM (SELECT {columns} FROM {files}){where}").create_view(name)

    def count(self, whole: bool) -> int:
        ((count,),) = self._connection.sql(f"SELECT count(*) {self._joined(whole)}").fetchall()
        return int(count)

    def first(self, whole: bool) -> list[Violation]:
        """The first of the differences, by customer and date."""
        columns = ["known.customerID IS NULL", "given.customerID IS NULL", *map(_quoted, self._keys)]
        for name in self._values:
            columns += [f"known.{_quoted(name)}", f"given.{_quoted(name)}"]
        query = f"SELECT {', '.join(columns)} {self._joined(whole)} ORDER BY ALL LIMIT {MOST_LISTED}"
        return [self._violation(row) for row in self._connection.sql(query).fetchall()]

    def changed(self) -> Iterator[pa.Table]:
        """The file's rows that the lake has otherwise or not at all."""
        names = ", ".join(f"given.{_quoted(name)}" for name in self._table.names)
        query = f"SELECT {names} {self._joined(False)}"
        table: pa.Table = self._connection.sql(query).to_arrow_table()
        for clock in CLOCKS:
            at = table.column_names.index(clock)
            table = table.set_column(at, clock, table[clock].cast(TIMESTAMP))
        yield from (pa.Table.from_batches([batch]) for batch in table.to_batches())

    def _joined(self, whole: bool) -> str:
        kind = "FULL OUTER" if whole else "RIGHT"
        keys = ", ".join(map(_quoted, self._keys))
        differ = [f"known.{_quoted(name)} IS DISTINCT FROM given.{_quoted(name)}" for name in self._values]
        absent = ["known.customerID IS NULL", "given.customerID IS NULL"]
        return f"FROM known {kind} JOIN given USING ({keys}) WHERE {' OR '.join([*absent, *differ])}"

    def _violation(self, row: tuple[Any, ...]) -> Violation:
        unknown, lost, customer, event = row[:4]
        day = datetime.fromtimestamp(event / 1e6, UTC)
        where = f"{self._table.name}, customer {customer}, {day:%Y-%m-%d}"
        if unknown:
            return Violation(where, "the row", "was not there before", RULE)
        if lost:
            return Violation(where, "the row", "is gone", RULE)
        pairs = row[2 + len(self._keys) :]
        before, after = pairs[::2], pairs[1::2]
        changed = [at for at, pair in enumerate(zip(before, after, strict=True)) if _differ(*pair)]
        old, new = (values_text([side[at] for at in changed]) for side in (before, after))
        return Violation(
            where, ", ".join(self._values[at] for at in changed), f"{old} before, {new} now", RULE
        )


def _column(column: Column, is_there: bool) -> str:
    """Return a column in SQL; what some or all files lack is its default."""
    name = _quoted(column.name)
    if column.name in CLOCKS:
        return f"epoch_us({name}) AS {name}"
    value = name if is_there else "NULL"
    default = "" if column.default is None else f"'{column.default}'"
    return f"coalesce({value}, {default}) AS {name}" if default else f"{value} AS {name}"


def _micros(moment: datetime) -> int:
    """Return a moment as microseconds since 1970-01-01 00:00 UTC."""
    return round(moment.timestamp() * 1e6)


def _differ(before: Any, after: Any) -> bool:
    both_nan = before != before and after != after
    return before != after and not both_nan


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"

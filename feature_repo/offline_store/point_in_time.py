"""The point-in-time read: for each entity row the newest row of each view that was valid then.

A row is valid at a moment if it became true at or before it, and no longer before it than the view's time to
live. If the created clock counts too, it must also have been learned at or before the moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from feature_repo.errors import OfflineStoreError
from feature_repo.offline_store.newest import newest
from feature_repo.offline_store.parquet_table import ParquetTable, interval, moment

UTC_CLOCK = pa.timestamp("us", tz="UTC")
_ONE_MOMENT = "SELECT {keys}, {newest} AS number FROM {narrow} f WHERE {valid} GROUP BY ALL"


class Feature(NamedTuple):
    """A feature to read: its column, its name in the answer, and its declared type (None: as in the file)."""

    column: str
    name: str
    dtype: pa.DataType | None


class ViewRead(NamedTuple):
    """What to read of one view.

    Attributes
    ----------
    name : str
        The view's name, for messages.
    table : ParquetTable
    entity_keys : tuple of str
        Columns of the entity rows that hold the table's keys, in their order.
    ttl : timedelta or None
        Time to live; None or zero if nothing expires.
    features : tuple of Feature
    """

    name: str
    table: ParquetTable
    entity_keys: tuple[str, ...]
    ttl: timedelta | None
    features: tuple[Feature, ...]


def read_point_in_time(
    connection: duckdb.DuckDBPyConnection,
    entities: pa.Table,
    clock: str,
    views: Sequence[ViewRead],
    *,
    known_only: bool,
    categories: bool = False,
) -> pa.Table:
    """Entity rows with the features of all views beside them.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        With UTC as its time zone.
    entities : pyarrow.Table, (n, ...)
        Entity rows; they may repeat, and be in any order.
    clock : str
        Their column with the moment that is asked about; without a time zone it is UTC.
    views : sequence of ViewRead
    known_only : bool
        Whether a row must have been learned at or before the moment.
    categories : bool
        Whether texts are dictionary-encoded, which takes less memory.

    Returns
    -------
    pyarrow.Table, (n, ...)
        The same rows in the same order. A feature is null where no row is valid.

    Raises
    ------
    OfflineStoreError
        A column holds a value that its declared type cannot hold, or the entity rows have a column of a
        feature's name.
    duckdb.Error
        A table cannot be read.
    """
    _check_names(entities, views)
    moments = entities.column(clock).cast(UTC_CLOCK, safe=False)
    answer = entities
    for view in views:
        found = _found(connection, entities, moments, view, known_only)
        places = np.full(entities.num_rows, -1)
        places[found.column("position").to_numpy()] = np.arange(found.num_rows)
        taken = pa.array(places, mask=places < 0)
        for at, feature in enumerate(view.features):
            column = _declared(found.column(f"w{at}"), view, feature)
            if categories and pa.types.is_string(column.type):
                column = column.dictionary_encode().unify_dictionaries()
            # In one piece, rows are taken in half the time.
            answer = answer.append_column(feature.name, column.combine_chunks().take(taken))
    return answer


def _check_names(entities: pa.Table, views: Sequence[ViewRead]) -> None:
    both = {feature.name for view in views for feature in view.features}.intersection(entities.column_names)
    if both:
        raise OfflineStoreError(
            f"The entity rows have a column {min(both)!r}, which is also a feature; rename the column."
        )


def _found(
    connection: duckdb.DuckDBPyConnection,
    entities: pa.Table,
    moments: pa.ChunkedArray,
    view: ViewRead,
    known_only: bool,
) -> pa.Table:
    """Positions of entity rows, and the features of their newest valid rows, in any order."""
    asked = {f"k{at}": entities.column(key) for at, key in enumerate(view.entity_keys)}
    positions = pa.array(np.arange(entities.num_rows))
    connection.register("asked", pa.table({**asked, "moment": moments, "position": positions}))
    chosen = _chosen(view, moments, known_only, newest(connection, view.table))
    columns = "".join(f", w.w{at}" for at, _ in enumerate(view.features))
    wide = view.table.wide([feature.column for feature in view.features], _bounds(view, moments))
    rows = connection.sql(
        f"WITH chosen AS ({chosen}) SELECT chosen.position{columns} FROM chosen JOIN {wide} w USING (number)"
    )
    return rows.to_arrow_table()


def _chosen(view: ViewRead, moments: pa.ChunkedArray, known_only: bool, number: str) -> str:
    """Each entity row's position, and the number of its newest valid row, in SQL."""
    keys = [f"k{at}" for at, _ in enumerate(view.table.keys)]
    same = " AND ".join(f"f.{key} = asked.{key}" for key in keys)
    ends = pc.min_max(moments)
    first, last = ends["min"].as_py(), ends["max"].as_py()
    if first is None or first != last or moments.null_count:
        valid = _valid(view, "asked.moment", known_only)
        return (
            f"SELECT asked.position, {number} AS number FROM asked JOIN {view.table.narrow()} f "
            f"ON {same} AND {valid} GROUP BY asked.position"
        )
    # All ask about one moment: whose rows they are does not matter to which are the newest.
    rows = _ONE_MOMENT.format(
        keys=", ".join(f"f.{key}" for key in keys),
        newest=number,
        narrow=view.table.narrow(),
        valid=_valid(view, moment(first), known_only),
    )
    return f"SELECT asked.position, f.number FROM ({rows}) f JOIN asked ON {same}"


def _bounds(view: ViewRead, moments: pa.ChunkedArray) -> str:
    """Condition on the event clock that all rows valid at a moment meet; empty without moments."""
    ends = pc.min_max(moments)
    first, last = ends["min"].as_py(), ends["max"].as_py()
    if first is None:
        return ""
    if not view.ttl:
        return f"<= {moment(last)}"
    return f"BETWEEN {moment(first)} - {interval(view.ttl)} AND {moment(last)}"


def _valid(view: ViewRead, at: str, known_only: bool) -> str:
    """Condition on the rows f of a narrow table, in SQL."""
    conditions = [f"f.event <= {at}"]
    if known_only and view.table.created:
        conditions.append(f"f.created <= {at}")
    if view.ttl:
        conditions.append(f"f.event >= {at} - {interval(view.ttl)}")
    return " AND ".join(conditions)


def _declared(column: pa.ChunkedArray, view: ViewRead, feature: Feature) -> pa.ChunkedArray:
    try:
        return column if feature.dtype is None else column.cast(feature.dtype)
    except pa.ArrowInvalid as error:
        raise OfflineStoreError(
            f"View {view.name!r}: column {feature.column!r} of {view.table.path} is declared {feature.dtype} "
            f"and holds other values ({error}); run `python -m data check`."
        ) from error

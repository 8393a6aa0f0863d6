"""Which customers belong in the online store, and which have new rows, read from the sources."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from feature_repo.lake import JOIN_KEY
from feature_repo.sources import source

if TYPE_CHECKING:
    from feast import FeatureStore, FeatureView
    from feast.data_source import DataSource

CHURN_EVENTS = "churn_events"
DEMOGRAPHICS = "demographics"
_FIRST = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class News:
    """Customers with rows that became true or were learned since an earlier run.

    Attributes
    ----------
    customers : pyarrow.Array of string
        None of them: there is nothing new.
    earliest : datetime or None
        When the first of the new rows became true, UTC; None if there is none.
    """

    customers: pa.Array
    earliest: datetime | None


@dataclass(frozen=True)
class Members:
    """Customers with a row in a view's source, as arrays of their ids.

    Parameters
    ----------
    store : FeatureStore
    view : FeatureView
    earliest, end : datetime
        What is current: the view's TTL at the end.
    data_until : datetime
        Up to where the lake holds rows.
    """

    store: FeatureStore
    view: FeatureView
    earliest: datetime
    end: datetime
    data_until: datetime

    @cached_property
    def current(self) -> pa.Array:
        """With a row within the view's TTL at the end."""
        return _keys(self.store, self.view.batch_source, self.earliest, self.end)

    def current_if(self, found: pa.Array) -> pa.Array:
        """As `current`, if `found` may be all of them: who was found is current, so their number tells.

        Parameters
        ----------
        found : pyarrow.Array of string
            Customers whom a read of the same time found, each once.
        """
        return found if len(found) == self._count() else self.current

    @cached_property
    def known(self) -> pa.Array:
        """With a row in the lake, also one after the end. Reads the whole table."""
        return _keys(self.store, self.view.batch_source, _FIRST, max(self.end, self.data_until))

    def _count(self) -> int | None:
        """How many are current; None if the source cannot be counted without reading its rows."""
        from feature_repo.offline_store.duckdb_session import duckdb_session
        from feature_repo.offline_store.keys import count_keys
        from feature_repo.offline_store.parquet_table import plain_table

        table = plain_table(self.view.batch_source, [JOIN_KEY])
        if table is None:
            return None
        with duckdb_session() as connection:
            return count_keys(connection, table, self.earliest, self.end)


def leavers(store: FeatureStore, end: datetime, back: pa.Table, *, of_files: bool) -> pa.Array:
    """Customers who left at or before `end`, and did not come back by then.

    Parameters
    ----------
    store : FeatureStore
    end : datetime
        With a time zone.
    back : pyarrow.Table
        Those who came back by then, as `returns` has them.
    of_files : bool
        Whether the base is a snapshot: who is not in the latest file has left. Otherwise leaving is an event.
    """
    if not of_files:
        return absent(_keys(store, source(CHURN_EVENTS), _FIRST, end), _texts(back["key"]))
    rows = _latest_rows(store, source(DEMOGRAPHICS), _FIRST, end)
    date = rows.column(source(DEMOGRAPHICS).timestamp_field)
    return customers_of(rows.filter(pc.less(date, pc.max(date))))


def returns(store: FeatureStore, end: datetime) -> pa.Table:
    """Customers who left and came back at or before `end`: ``key``, and ``since`` when (UTC)."""
    from feature_repo.offline_store.duckdb_session import duckdb_session
    from feature_repo.offline_store.keys import read_returns
    from feature_repo.offline_store.parquet_table import plain_table

    tables = [source(name) for name in (DEMOGRAPHICS, CHURN_EVENTS)]
    joined, left = (plain_table(table, [JOIN_KEY]) for table in tables)
    if joined is not None and left is not None:
        with duckdb_session() as connection:
            return read_returns(connection, joined, left, end)
    stays, leaves = (_latest_events(store, table, end) for table in tables)
    both = stays.join(leaves, "key", join_type="inner", right_suffix="_left")
    return both.filter(pc.greater(both["since"], both["since_left"])).select(["key", "since"])


def without_new_rows(store: FeatureStore, view: FeatureView, back: pa.Table, end: datetime) -> pa.Array:
    """Those of `returns` without a row of a view since they came back: theirs are of a former stay."""
    from feature_repo.offline_store.duckdb_session import duckdb_session
    from feature_repo.offline_store.keys import read_keys_since
    from feature_repo.offline_store.parquet_table import plain_table

    customers = _texts(back["key"])
    if not len(customers):
        return customers
    table = plain_table(view.batch_source, [JOIN_KEY])
    if table is not None:
        with duckdb_session() as connection:
            return absent(customers, _texts(read_keys_since(connection, table, back, end)))
    both = back.join(_latest_events(store, view.batch_source, end), "key", right_suffix="_view")
    return absent(customers, _texts(both.filter(pc.greater_equal(both["since_view"], both["since"]))["key"]))


def news_since(store: FeatureStore, view: FeatureView, since: datetime) -> News | None:
    """What is new in a view's source since a moment.

    None if the source cannot be asked: it is not Parquet on this machine, or has no created timestamp.
    """
    from feature_repo.offline_store.duckdb_session import duckdb_session
    from feature_repo.offline_store.keys import read_news
    from feature_repo.offline_store.parquet_table import plain_table

    table = plain_table(view.batch_source, [JOIN_KEY])
    if table is None or table.created is None:
        return None
    with duckdb_session() as connection:
        rows = read_news(connection, table, since)
    return News(_texts(rows.column("key")), pc.min(rows.column("earliest")).as_py())


def absent(customers: pa.Array, others: pa.Array) -> pa.Array:
    """Those of the customers who are not among others."""
    if not len(customers) or not len(others):
        return customers
    if customers.equals(others):  # in the same order, as after a first run
        return customers.slice(0, 0)
    return customers.filter(pc.invert(pc.is_in(customers, others)))


def present(customers: pa.Array, others: pa.Array) -> pa.Array:
    """Those of the customers who are among others."""
    return customers.filter(pc.is_in(customers, others)) if len(others) else others


def customers_of(rows: pa.Table) -> pa.Array:
    """The customers whom rows are of."""
    return _texts(rows.column(JOIN_KEY))


def _keys(store: FeatureStore, table: DataSource, start: datetime, end: datetime) -> pa.Array:
    """Customers with a row that became true from `start` to `end`, each once."""
    from feature_repo.offline_store.duckdb_session import duckdb_session
    from feature_repo.offline_store.keys import read_keys
    from feature_repo.offline_store.parquet_table import plain_table

    plain = plain_table(table, [JOIN_KEY])
    if plain is None:
        return customers_of(_latest_rows(store, table, start, end))
    with duckdb_session() as connection:
        return _texts(read_keys(connection, plain, start, end))


def _latest_rows(store: FeatureStore, table: DataSource, start: datetime, end: datetime) -> pa.Table:
    """Key and clocks of each customer's latest row between two moments, from any source."""
    job = store.provider.offline_store.pull_latest_from_table_or_query(
        config=store.config,
        data_source=table,
        join_key_columns=[JOIN_KEY],
        feature_name_columns=[],
        timestamp_field=table.timestamp_field,
        created_timestamp_column=table.created_timestamp_column,
        start_date=start,
        end_date=end,
    )
    return job.to_arrow()


def _latest_events(store: FeatureStore, table: DataSource, end: datetime) -> pa.Table:
    """Each customer (``key``), and when their latest row until `end` became true (``since``)."""
    rows = _latest_rows(store, table, _FIRST, end)
    return pa.table({"key": customers_of(rows), "since": rows.column(table.timestamp_field)})


def _texts(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return array.cast(pa.string())

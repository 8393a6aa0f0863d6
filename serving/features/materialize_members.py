"""Which customers belong in the online store, and how old their new rows are, read from the sources."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from feature_repo.lake import JOIN_KEY
from feature_repo.sources import source

if TYPE_CHECKING:
    from feast import FeatureStore, FeatureView
    from feast.data_source import DataSource

CHURN_EVENTS = "churn_events"
DEMOGRAPHICS = "demographics"
_FIRST = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Members:
    """Customers with a row in a view's source.

    Parameters
    ----------
    known : set of str
        With a row in the lake, also one after the end.
    current : set of str
        With a row within the view's TTL at the end.
    """

    known: set[str]
    current: set[str]


def leavers(store: FeatureStore, end: datetime, *, of_files: bool) -> set[str]:
    """Customers who left at or before `end`.

    Parameters
    ----------
    store : FeatureStore
    end : datetime
        With a time zone.
    of_files : bool
        Whether the base is a snapshot: who is not in the latest file has left. Otherwise leaving is an event.
    """
    if not of_files:
        return _names(_latest_rows(store, source(CHURN_EVENTS), end))
    rows = _latest_rows(store, source(DEMOGRAPHICS), end)
    date = rows.column(source(DEMOGRAPHICS).timestamp_field)
    return _names(rows.filter(pc.less(date, pc.max(date))))


def members(
    store: FeatureStore, view: FeatureView, end: datetime, earliest: datetime, data_until: datetime
) -> Members:
    """Customers in a view's source; those with a row from `earliest` to `end` are current."""
    rows = _latest_rows(store, view.batch_source, end)
    event = rows.column(view.batch_source.timestamp_field).cast(pa.timestamp("us", tz="UTC"))
    current = rows.filter(pc.greater_equal(event, pa.scalar(earliest, event.type)))
    known = rows if data_until <= end else _latest_rows(store, view.batch_source, data_until)
    return Members(_names(known), _names(current))


def without(rows: pa.Table, customers: set[str]) -> pa.Table:
    """Rows of all other customers."""
    left = pa.array(sorted(customers), rows.schema.field(JOIN_KEY).type)
    return rows.filter(pc.invert(pc.is_in(rows.column(JOIN_KEY), left)))


def earliest_learned(view: FeatureView, since: datetime) -> datetime | None:
    """Earliest event timestamp among the rows created after `since`, UTC.

    None if there is no such row, or if the source is not a Parquet file or has no created timestamp.
    """
    path, created = getattr(view.batch_source, "path", None), view.batch_source.created_timestamp_column
    if path is None or not created:
        return None
    event = view.batch_source.timestamp_field
    news = ds.field(created) > pa.scalar(since, pa.timestamp("us", tz="UTC"))
    batches = ds.dataset(path).scanner(columns=[event], filter=news).to_batches()
    found = [pc.min(batch.column(event)) for batch in batches if batch.num_rows]
    return min((moment.as_py() for moment in found), default=None)


def _latest_rows(store: FeatureStore, table: DataSource, end: datetime) -> pa.Table:
    """Key and clocks of each customer's latest row at or before `end`."""
    job = store.provider.offline_store.pull_latest_from_table_or_query(
        config=store.config,
        data_source=table,
        join_key_columns=[JOIN_KEY],
        feature_name_columns=[],
        timestamp_field=table.timestamp_field,
        created_timestamp_column=table.created_timestamp_column,
        start_date=_FIRST,
        end_date=end,
    )
    return job.to_arrow()


def _names(rows: pa.Table) -> set[str]:
    return set(rows.column(JOIN_KEY).to_pylist())

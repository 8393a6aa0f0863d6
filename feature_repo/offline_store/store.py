"""Feast's offline store on DuckDB, with a point-in-time read of our own.

Feast's own joins every earlier row at its full width and then numbers them. This store chooses rows by key
and clocks only, and then reads the chosen rows by their number. That takes less time and memory. It answers
what Feast's answers, with three differences. Rows come in the order of the entity rows. Of rows with equal
clocks the last in the table is taken, where Feast takes any. Features have their declared types.

The created clock is Feast's own option: ``get_historical_features(filter_by_created_timestamp=True)`` also
leaves out what was learned after an entity row's moment. Without it, that clock decides only between rows of
one event timestamp. Training and batch scoring always set it; materialize does not, as in Feast.

What is not a plain Parquet file or folder, and whatever else this store does not do, is left to Feast's.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

import pandas as pd
import pyarrow as pa
from feast import FeatureView, OnDemandFeatureView
from feast.data_source import DataSource
from feast.infra.offline_stores.duckdb import DuckDBOfflineStore, DuckDBOfflineStoreConfig
from feast.infra.offline_stores.offline_store import RetrievalJob, RetrievalMetadata
from feast.infra.offline_stores.offline_utils import infer_event_timestamp_from_entity_df
from feast.infra.registry.base_registry import BaseRegistry
from feast.repo_config import RepoConfig
from feast.types import from_feast_to_pyarrow_type

from feature_repo.offline_store.duckdb_session import MEMORY_LIMIT, duckdb_session
from feature_repo.offline_store.job import ArrowRetrievalJob
from feature_repo.offline_store.latest import read_latest
from feature_repo.offline_store.parquet_table import plain_table
from feature_repo.offline_store.point_in_time import UTC_CLOCK, Feature, ViewRead, read_point_in_time


class PointInTimeOfflineStoreConfig(DuckDBOfflineStoreConfig):  # type: ignore[misc]  # Feast publishes no types
    """The `offline_store` part of `feature_store.yaml`.

    `memory_limit` is what DuckDB may hold during a read; what is more goes to disk. The answer comes on top.
    """

    type: Literal["feature_repo.offline_store.store.PointInTimeOfflineStore"] = (
        "feature_repo.offline_store.store.PointInTimeOfflineStore"
    )
    memory_limit: str = MEMORY_LIMIT


class PointInTimeOfflineStore(DuckDBOfflineStore):  # type: ignore[misc]  # Feast publishes no types
    """Offline store on Parquet files; each read has a connection of its own, so threads may share it."""

    @staticmethod
    def get_historical_features(
        config: RepoConfig,
        feature_views: list[FeatureView],
        feature_refs: list[str],
        entity_df: pd.DataFrame | str,
        registry: BaseRegistry,
        project: str,
        full_feature_names: bool = False,
        filter_by_created_timestamp: bool = False,
    ) -> RetrievalJob:
        """Features at each entity row's moment; see Feast's `OfflineStore`.

        Raises
        ------
        OfflineStoreError
            When read: a column holds a value that its declared type cannot hold.
        """
        reads = [view_read(view, feature_refs, full_feature_names) for view in feature_views]
        plain = [read for read in reads if read is not None]
        on_demand = OnDemandFeatureView.get_requested_odfvs(feature_refs, project, registry)
        exported = config.offline_store.staging_location
        if len(plain) < len(reads) or on_demand or exported or not isinstance(entity_df, pd.DataFrame):
            return DuckDBOfflineStore.get_historical_features(
                config,
                feature_views,
                feature_refs,
                entity_df,
                registry,
                project,
                full_feature_names,
                filter_by_created_timestamp,
            )
        clock = infer_event_timestamp_from_entity_df(dict(entity_df.dtypes.items()))
        entities = _entity_table(entity_df, clock)

        def read() -> pa.Table:
            with duckdb_session(config.offline_store.memory_limit) as connection:
                return read_point_in_time(
                    connection, entities, clock, plain, known_only=filter_by_created_timestamp
                )

        return ArrowRetrievalJob(
            read, str(config.repo_path), full_feature_names, _metadata(entities, clock, feature_refs)
        )

    @staticmethod
    def pull_latest_from_table_or_query(
        config: RepoConfig,
        data_source: DataSource,
        join_key_columns: list[str],
        feature_name_columns: list[str],
        timestamp_field: str,
        created_timestamp_column: str | None,
        start_date: datetime,
        end_date: datetime,
    ) -> RetrievalJob:
        """Newest row of each key between two moments; see Feast's `OfflineStore`."""
        table = plain_table(data_source, join_key_columns)
        if table is None or config.offline_store.staging_location:
            return DuckDBOfflineStore.pull_latest_from_table_or_query(
                config,
                data_source,
                join_key_columns,
                feature_name_columns,
                timestamp_field,
                created_timestamp_column,
                start_date,
                end_date,
            )
        clocked = table._replace(event=timestamp_field, created=created_timestamp_column or None)

        def read() -> pa.Table:
            with duckdb_session(config.offline_store.memory_limit) as connection:
                return read_latest(connection, clocked, feature_name_columns, start_date, end_date)

        return ArrowRetrievalJob(read, str(config.repo_path))


def view_read(view: Any, feature_refs: Sequence[str], full_names: bool = False) -> ViewRead | None:
    """What to read of a view, or None if its source is not plain Parquet.

    Parameters
    ----------
    view : FeatureView
    feature_refs : sequence of str
        ``view:feature`` of all views.
    full_names : bool
        Whether the answer's columns are named ``view__feature``.
    """
    keys = view.projection.join_key_map or {column.name: column.name for column in view.entity_columns}
    table = plain_table(view.batch_source, list(keys))
    if table is None or not keys:
        return None
    asked = view.projection.name_to_use()
    names = [ref.split(":")[1] for ref in feature_refs if ref.startswith(f"{asked}:")]
    prefix = f"{view.projection.name_alias or view.name}__" if full_names else ""
    types = {field.name: from_feast_to_pyarrow_type(field.dtype) for field in view.features}
    features = tuple(Feature(name, prefix + name, types.get(name)) for name in names)
    return ViewRead(view.name, table, tuple(keys.values()), view.ttl, features)


def _entity_table(rows: pd.DataFrame, clock: str) -> pa.Table:
    """Entity rows in Arrow; a moment without a time zone is UTC, and a text is read as one."""
    table = pa.Table.from_pandas(rows.reset_index(drop=True), preserve_index=False)
    column = table.column(clock)
    if not pa.types.is_timestamp(column.type):
        moments = pd.to_datetime(rows[clock].reset_index(drop=True), utc=True)
        column = pa.chunked_array([pa.Array.from_pandas(moments)])
    at = table.column_names.index(clock)
    return table.set_column(at, clock, column.cast(UTC_CLOCK, safe=False)).replace_schema_metadata(None)


def _metadata(entities: pa.Table, clock: str, feature_refs: list[str]) -> RetrievalMetadata:
    moments = entities.column(clock).to_pandas()
    keys = [name for name in entities.column_names if name != clock]
    return RetrievalMetadata(list(feature_refs), keys, moments.min(), moments.max())

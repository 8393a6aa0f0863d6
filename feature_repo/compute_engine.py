"""Feast's materialization without a protobuf message for each value.

Feast's local engine turns every value into a protobuf message on its way to the online store, which takes
most of its time. For a plain feature view and our own store, this engine writes the offline store's Arrow
table as it is. It leaves everything else to Feast's engine.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import pyarrow as pa
from feast import FeatureView
from feast.infra.common.materialization_job import MaterializationJobStatus, MaterializationTask
from feast.infra.compute_engines.local.compute import LocalComputeEngine
from feast.infra.compute_engines.local.job import LocalMaterializationJob
from feast.infra.offline_stores.offline_store import OfflineStore
from feast.infra.registry.base_registry import BaseRegistry
from feast.repo_config import FeastConfigBaseModel, RepoConfig

from feature_repo.sqlite_store.store import WideRowSqliteOnlineStore


class ArrowComputeEngineConfig(FeastConfigBaseModel):  # type: ignore[misc]  # Feast publishes no types
    """The `batch_engine` part of `feature_store.yaml`."""

    type: Literal["feature_repo.compute_engine.ArrowComputeEngine"] = (
        "feature_repo.compute_engine.ArrowComputeEngine"
    )


class ArrowComputeEngine(LocalComputeEngine):  # type: ignore[misc]  # Feast publishes no types
    """Compute engine that materializes plain feature views from Arrow to our own online store."""

    def _materialize_one(
        self, registry: BaseRegistry, task: MaterializationTask, **kwargs: Any
    ) -> LocalMaterializationJob:
        if not self._is_plain(task.feature_view):
            return super()._materialize_one(registry, task, **kwargs)
        job_id = f"{task.feature_view.name}-{task.start_time}-{task.end_time}"
        try:
            rows = pull_latest(
                self.repo_config, self.offline_store, task.feature_view, task.start_time, task.end_time
            )
            self._write(task, rows)
        except Exception as error:  # Feast reads the error from the job, and raises it
            return LocalMaterializationJob(job_id, MaterializationJobStatus.ERROR, error)
        return LocalMaterializationJob(job_id, MaterializationJobStatus.SUCCEEDED)

    def _is_plain(self, view: Any) -> bool:
        """Whether the store gets the rows of the view's source unchanged, the latest row of each key."""
        return (
            is_plain(view)
            and isinstance(self.online_store, WideRowSqliteOnlineStore)
            and self.repo_config.materialization_config.pull_latest_features
        )

    def _write(self, task: MaterializationTask, rows: pa.Table) -> None:
        if task.tqdm_builder is None:
            self.online_store.write_arrow(self.repo_config, task.feature_view, rows)
            return
        with task.tqdm_builder(rows.num_rows) as bar:
            self.online_store.write_arrow(self.repo_config, task.feature_view, rows, bar.update)


def is_plain(view: Any) -> bool:
    """Whether a view's rows are its source's as they are, and go to the online store alone."""
    return (
        type(view) is FeatureView
        and bool(view.online)
        and not (view.offline or view.source_views or view.stream_source or view.enable_validation)
        and not view.batch_source.field_mapping
    )


def pull_latest(
    config: RepoConfig, offline_store: OfflineStore, view: FeatureView, start: datetime, end: datetime
) -> pa.Table:
    """Latest row of each key between two moments, both included: keys, features and clocks."""
    source = view.batch_source
    job = offline_store.pull_latest_from_table_or_query(
        config=config,
        data_source=source,
        join_key_columns=view.join_keys,
        feature_name_columns=[field.name for field in view.features],
        timestamp_field=source.timestamp_field,
        created_timestamp_column=source.created_timestamp_column,
        start_date=start,
        end_date=end,
    )
    return job.to_arrow()

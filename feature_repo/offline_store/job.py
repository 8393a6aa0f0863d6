"""A retrieval that ends in an Arrow table, as Feast's interface wants it."""

from __future__ import annotations

from collections.abc import Callable

import ibis  # type: ignore[import-untyped]  # ibis publishes no types
import pandas as pd
import pyarrow as pa
from feast import OnDemandFeatureView
from feast.infra.offline_stores.duckdb import _write_data_source
from feast.infra.offline_stores.offline_store import RetrievalJob, RetrievalMetadata
from feast.saved_dataset import SavedDatasetStorage


class ArrowRetrievalJob(RetrievalJob):  # type: ignore[misc]  # Feast publishes no types
    """A job that reads when it is asked for its answer.

    Parameters
    ----------
    read : callable
        Makes the answer.
    repo_path : str
        Folder that relative paths of saved datasets are taken from.
    full_feature_names : bool
    metadata : RetrievalMetadata, optional
    """

    def __init__(
        self,
        read: Callable[[], pa.Table],
        repo_path: str,
        full_feature_names: bool = False,
        metadata: RetrievalMetadata | None = None,
    ) -> None:
        super().__init__()
        self._read = read
        self._repo_path = repo_path
        self._full_feature_names = full_feature_names
        self._metadata = metadata

    @property
    def full_feature_names(self) -> bool:
        """Whether features are named with their view."""
        return self._full_feature_names

    @property
    def on_demand_feature_views(self) -> list[OnDemandFeatureView]:
        """None: a retrieval with on-demand views is left to Feast."""
        return []

    @property
    def metadata(self) -> RetrievalMetadata | None:
        """What was asked for."""
        return self._metadata

    def persist(
        self, storage: SavedDatasetStorage, allow_overwrite: bool = False, timeout: int | None = None
    ) -> None:
        """Write the answer, as Feast's DuckDB store does."""
        table = ibis.memtable(self._read())
        _write_data_source(table, storage.to_data_source(), self._repo_path, "overwrite", allow_overwrite)

    def _to_arrow_internal(self, timeout: int | None = None) -> pa.Table:
        return self._read()

    def _to_df_internal(self, timeout: int | None = None) -> pd.DataFrame:
        frame: pd.DataFrame = self._read().to_pandas()
        return frame

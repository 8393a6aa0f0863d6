"""Writes customers into our own SQLite store, a batch of them in all views in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from feature_repo.sqlite_store.rows import ViewRows, native_table
from feature_repo.sqlite_store.store import WideRowSqliteOnlineStore

if TYPE_CHECKING:
    import pyarrow as pa
    from feast import FeatureView, RepoConfig


class SqliteWriter:
    """A `StoreWriter` for our own store.

    Parameters
    ----------
    config : RepoConfig
    online : WideRowSqliteOnlineStore
    """

    def __init__(self, config: RepoConfig, online: WideRowSqliteOnlineStore) -> None:
        self._config = config
        self._online = online

    def complete_until(self, view: FeatureView) -> datetime | None:
        """As `StoreWriter`."""
        return self._online.complete_until(self._config, view)

    def replaces(self, view: FeatureView) -> bool:
        """Return False: `feast apply` empties the store for another base."""
        return False

    def filled(self, view: FeatureView) -> set[str]:
        """As `StoreWriter`."""
        return self._online.filled(self._config, view)

    def stored(self, view: FeatureView, asked: Callable[[], Collection[str]]) -> list[str]:
        """Every customer in a view, whoever is asked for."""
        return self._online.customers(self._config, view)

    def prepared(self, view: FeatureView, rows: pa.Table) -> pa.Table:
        """As `StoreWriter`."""
        return native_table(view, rows)

    def begin(self, views: Sequence[FeatureView], until: datetime, left: Collection[str]) -> None:
        """Record who left. Of another base the store says that it is incomplete since `feast apply`."""
        self._online.record_left(self._config, views[0], left)

    def write(self, parts: Sequence[ViewRows]) -> None:
        """As `StoreWriter`, in one transaction."""
        self._online.write_customers(self._config, parts)

    def finish(self, views: Sequence[FeatureView], until: datetime) -> None:
        """As `StoreWriter`; then move all into the file itself, so that a copy of it is whole."""
        self._online.mark_complete(self._config, views, until)
        self._online.checkpoint(self._config)

"""Writes customers into our own SQLite store, a batch of them in all views in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from feature_repo.errors import DamagedRow
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
        self._found: dict[str, Collection[str] | None] = {}
        self._written = False

    def complete_until(self, view: FeatureView) -> datetime | None:
        """As `StoreWriter`; None for a view with a damaged row, which is written anew."""
        until = self._online.complete_until(self._config, view)
        return None if self._look(view) is None else until

    def replaces(self, view: FeatureView) -> bool:
        """Return False: `feast apply` empties the store for another base."""
        return False

    def filled(self, view: FeatureView) -> set[str]:
        """As `StoreWriter`."""
        return self._online.filled(self._config, view)

    def stored(self, view: FeatureView, asked: Callable[[], Collection[str]]) -> Collection[str]:
        """Every customer in a view, whoever is asked for; nobody in one that is to be written anew."""
        found = self._look(view)
        return set() if found is None else found

    def prepared(self, view: FeatureView, rows: pa.Table) -> pa.Table:
        """As `StoreWriter`."""
        return native_table(view, rows)

    def begin(self, views: Sequence[FeatureView], until: datetime, left: Collection[str]) -> None:
        """Record who left. Of another base the store says that it is incomplete since `feast apply`."""
        self._online.record_left(self._config, views[0], left)

    def write(self, parts: Sequence[ViewRows]) -> None:
        """As `StoreWriter`, in one transaction."""
        self._online.write_customers(self._config, parts, self._damaged())
        self._written = True

    def part_size(self, size: int | None) -> int | None:
        """As `StoreWriter`: all customers together while a view is made anew."""
        return None if self._damaged() else size

    def finish(self, views: Sequence[FeatureView], until: datetime) -> None:
        """As `StoreWriter`; then move all into the file itself, so that a copy of it is whole."""
        self._online.mark_complete(self._config, views, until)
        self._online.checkpoint(self._config)

    def _damaged(self) -> list[str]:
        return [view for view, found in self._found.items() if found is None]

    def _look(self, view: FeatureView) -> Collection[str] | None:
        """Customers in a view; None if a row is damaged. Every row is looked at once, before writing."""
        if self._written:
            return self._online.customers(self._config, view)
        if view.name not in self._found:
            try:
                self._found[view.name] = self._online.checked_customers(self._config, view)
            except DamagedRow:
                self._found[view.name] = None
        return self._found[view.name]

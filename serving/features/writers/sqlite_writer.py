"""Writes customers into our own SQLite store, a batch of them in all views in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

import pyarrow as pa

from feature_repo.errors import DamagedRow
from feature_repo.sqlite_store.arrow_rows import ViewRows, native_table
from feature_repo.sqlite_store.rows import to_micros
from feature_repo.sqlite_store.seal import Seal
from feature_repo.sqlite_store.store import WideRowSqliteOnlineStore

if TYPE_CHECKING:
    from feast import FeatureView, RepoConfig


class SqliteWriter:
    """A `StoreWriter` for our own store.

    Parameters
    ----------
    config : RepoConfig
    online : WideRowSqliteOnlineStore
    views : sequence of FeatureView
        All that the run fills.
    full : bool
        Whether every row is looked at, though the store's file is as it was sealed.
    """

    def __init__(
        self, config: RepoConfig, online: WideRowSqliteOnlineStore, views: Sequence[FeatureView], full: bool
    ) -> None:
        self._config = config
        self._online = online
        self._views = views
        self._full = full
        self._stored: Mapping[str, pa.Array | None] | None = None

    def unchanged(self, source: str | None, until: datetime) -> Mapping[str, int] | None:
        """As `StoreWriter`: the store is sealed, and was filled from the same."""
        seal = self._seal
        if seal is None or source is None or (seal.source, seal.until) != (source, to_micros(until)):
            return None
        reached = [self._online.complete_until(self._config, view) for view in self._views]
        return seal.customers if all(moment and moment >= until for moment in reached) else None

    def complete_until(self, view: FeatureView) -> datetime | None:
        """As `StoreWriter`; None for a view with a damaged row, which is written anew."""
        until = self._online.complete_until(self._config, view)
        return None if view.name in self._damaged() else until

    def replaces(self, view: FeatureView) -> bool:
        """Return False: `feast apply` empties the store for another base."""
        return False

    def filled(self, view: FeatureView) -> set[str]:
        """As `StoreWriter`."""
        return self._online.filled(self._config, view)

    def stored(self, view: FeatureView, asked: Callable[[], pa.Array]) -> pa.Array:
        """Every customer in a view, whoever is asked for; nobody in one that is to be written anew."""
        found = self._look()[view.name]
        return pa.array([], pa.string()) if found is None else found

    def prepared(self, view: FeatureView, rows: pa.Table) -> pa.Table:
        """As `StoreWriter`."""
        return native_table(view, rows)

    def begin(self, until: datetime, left: Collection[str]) -> None:
        """Record who left. Of another base the store says that it is incomplete since `feast apply`."""
        self._online.record_left(self._config, self._views[0], left)

    def part_size(self, size: int | None) -> int | None:
        """As `StoreWriter`: all customers together while a view is made anew."""
        return None if self._damaged() else size

    def write(self, parts: Sequence[ViewRows]) -> None:
        """As `StoreWriter`, in one transaction."""
        self._online.write_customers(self._config, parts, self._damaged())

    def written(self) -> None:
        """As `StoreWriter`."""
        self._stored = self._online.customers(self._config, self._views)

    def finish(self, until: datetime, source: str | None, customers: Mapping[str, int]) -> None:
        """As `StoreWriter`, and seal the store."""
        self._online.mark_complete(self._config, self._views, until)
        self._online.seal(self._config, Seal(source, to_micros(until), customers))

    @cached_property
    def _seal(self) -> Seal | None:
        """Seal of the store before anything is written."""
        return None if self._full else self._online.sealed(self._config)

    def _damaged(self) -> list[str]:
        return [view for view, found in self._look().items() if found is None]

    def _look(self) -> Mapping[str, pa.Array | None]:
        """Customers in each view; None if a row is damaged. Without a seal every row is looked at, once."""
        if self._stored is None:
            if self._seal is None:
                self._stored = {view.name: self._checked(view) for view in self._views}
            else:
                self._stored = self._online.customers(self._config, self._views)
        return self._stored

    def _checked(self, view: FeatureView) -> pa.Array | None:
        try:
            found = self._online.checked_customers(self._config, view)
        except DamagedRow:
            return None
        return pa.array(found, pa.string())

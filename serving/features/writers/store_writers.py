"""How materialize writes to an online store, and which writer a store has."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from serving.features.writers.feast_writer import FeastWriter
from serving.features.writers.redis_writer import RedisWriter
from serving.features.writers.sqlite_writer import SqliteWriter

if TYPE_CHECKING:
    import pyarrow as pa
    from feast import FeatureStore, FeatureView

    from feature_repo.sqlite_store.arrow_rows import ViewRows

WRITERS: Mapping[str, type[FeastWriter]] = {"redis": RedisWriter}
"""Type of a store in `feature_store.yaml` to its writer, where it can do more than Feast's interface."""


class StoreWriter(Protocol):
    """Writes customers to an online store, and asks the store what it holds."""

    def unchanged(self, source: str | None, until: datetime) -> Mapping[str, int] | None:
        """Customers of each view, if the store is as a run left it that was filled from the same.

        Parameters
        ----------
        source : str or None
            Stands for what the run reads; None if that cannot be said.
        until : datetime
            The end of the run, UTC.

        Returns
        -------
        mapping or None
            None if something may have to be done.
        """
        ...

    def complete_until(self, view: FeatureView) -> datetime | None:
        """Moment (UTC) up to which the store holds every row within the view's TTL; None if it cannot say."""
        ...

    def replaces(self, view: FeatureView) -> bool:
        """Whether what the view holds is of an unknown or another base, and none of it may stay."""
        ...

    def filled(self, view: FeatureView) -> set[str]:
        """Features for which the store holds at least one value."""
        ...

    def stored(self, view: FeatureView, asked: Callable[[], pa.Array]) -> pa.Array:
        """Customers who have a row: all of them, or those of `asked()` where the store cannot list them."""
        ...

    def prepared(self, view: FeatureView, rows: pa.Table) -> pa.Table:
        """Rows as `write` takes them, sorted by key."""
        ...

    def begin(self, until: datetime, left: Collection[str]) -> None:
        """Say which views are not complete, as they are replaced, and who left. The run ends at `until`."""
        ...

    def part_size(self, size: int | None) -> int | None:
        """Customers to write at a time, `size` in general; None for all."""
        ...

    def write(self, parts: Sequence[ViewRows]) -> None:
        """Write and remove some customers' rows of all views; newer rows stay."""
        ...

    def written(self) -> None:
        """All parts are written: what is `stored` from here on is what the store holds now."""
        ...

    def finish(self, until: datetime, source: str | None, customers: Mapping[str, int]) -> None:
        """Say, in the store, that it holds this base and is complete up to a moment.

        Parameters
        ----------
        until : datetime
        source : str or None
            As in `unchanged`.
        customers : mapping of str to int
            How many customers each view holds.
        """
        ...


def writer_of(store: FeatureStore, base: str, views: Sequence[FeatureView], full: bool) -> StoreWriter:
    """Writer of a feature store's online store, for a lake's base and some views; see `SqliteWriter`."""
    from feature_repo.sqlite_store.store import WideRowSqliteOnlineStore

    online, config = store.provider.online_store, store.config
    if isinstance(online, WideRowSqliteOnlineStore):
        return SqliteWriter(config, online, views, full)
    return WRITERS.get(config.online_store.type, FeastWriter)(config, online, views, base)

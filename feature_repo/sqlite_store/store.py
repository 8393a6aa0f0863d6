"""Feast's online store on SQLite with one typed row for each customer and feature view.

Feast's own SQLite store keeps one row for each feature, locks readers out while it writes, lets a backfill
overwrite newer values and shifts timestamps with the process's time zone. This one does none of these.
Feast's reads and writes work through it unchanged. Beyond Feast's interface it writes Arrow tables, and lists
and removes customers.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc
from feast import Entity, FeatureView
from feast.infra.infra_object import InfraObject
from feast.infra.online_stores.helpers import compute_table_id
from feast.infra.online_stores.online_store import OnlineStore
from feast.protos.feast.core.Registry_pb2 import Registry as RegistryProto
from feast.protos.feast.types.EntityKey_pb2 import EntityKey as EntityKeyProto
from feast.protos.feast.types.Value_pb2 import Value as ValueProto
from feast.repo_config import FeastConfigBaseModel, RepoConfig
from pydantic import StrictStr

from feature_repo.paths import ONLINE_STORE_ENV, state_path
from feature_repo.quiet_warnings import leave_out_noise
from feature_repo.sqlite_store import rows as online_rows
from feature_repo.sqlite_store import schema as online_schema
from feature_repo.sqlite_store.arrow_rows import ViewRows, Written, native_table, write_columns
from feature_repo.sqlite_store.checks import check_base, check_event, check_lake, explained
from feature_repo.sqlite_store.connections import Connections
from feature_repo.sqlite_store.left import read_left, record_left
from feature_repo.sqlite_store.rows import FeastRow, ProtoMaker
from feature_repo.sqlite_store.schema import EVENT_TS, TableState, ViewTable
from feature_repo.sqlite_store.seal import Seal, read_seal, seal_path, write_seal

Progress = Callable[[int], Any]
FeatureRow = tuple[datetime | None, dict[str, ValueProto] | None]


class WideRowSqliteOnlineStoreConfig(FeastConfigBaseModel):  # type: ignore[misc]  # Feast publishes no types
    """The `online_store` part of `feature_store.yaml`."""

    type: Literal["feature_repo.sqlite_store.store.WideRowSqliteOnlineStore"] = (
        "feature_repo.sqlite_store.store.WideRowSqliteOnlineStore"
    )
    path: StrictStr = "data/online.db"

    def model_post_init(self, context: Any) -> None:
        """Hide needless warnings in every command; Feast reads this part of the configuration first."""
        leave_out_noise()


class WideRowSqliteOnlineStore(OnlineStore):  # type: ignore[misc]  # Feast publishes no types
    """Online store on one SQLite file, for many reading processes and threads and one writer at a time."""

    def __init__(self) -> None:
        self._connections: Connections | None = None
        self._place: tuple[Path | None, str] | None = None
        self._lock = Lock()

    def online_write_batch(
        self,
        config: RepoConfig,
        table: FeatureView,
        data: list[FeastRow],
        progress: Progress | None,
    ) -> None:
        """Upsert rows, newer wins (see `online_rows.upsert_sql`); one transaction.

        Raises
        ------
        BaseMismatch
            The lake, the registry and the store do not hold the same base.
        OnlineStoreError
            The store has no such table or column, a value is not of its column's type, or a row is dated in
            the future.
        """
        for key, _, event, _ in data:
            check_event(table.name, online_rows.key_value(key), online_rows.to_micros(event))
        with self._writing(config, table) as (connection, target):
            online_rows.write_rows(connection, target, data, read_left(connection))
        if progress is not None:
            progress(len(data))

    def write_arrow(
        self, config: RepoConfig, view: FeatureView, rows: pa.Table, progress: Progress | None = None
    ) -> None:
        """Upsert an Arrow table as `online_write_batch` would, without a protobuf message for each value.

        Parameters
        ----------
        config : RepoConfig
            Its `online_write_batch_size` is the number of rows per transaction.
        view : FeatureView
            Says what the columns mean, and the types they are cast to.
        rows : pyarrow.Table
            The view's join key, features and the clocks of its source, as the offline store returns them.
        progress : callable, optional
            Called with the number of rows after each transaction.
        """
        native = native_table(view, rows)
        _check_events(view, native)
        for batch in native.to_batches(config.materialization_config.online_write_batch_size):
            with self._writing(config, view) as (connection, target):
                write_columns(connection, target, batch, read_left(connection))
            if progress is not None:
                progress(batch.num_rows)

    def online_read(
        self,
        config: RepoConfig,
        table: FeatureView,
        entity_keys: list[EntityKeyProto],
        requested_features: list[str] | None = None,
    ) -> list[FeatureRow]:
        """Event timestamp (UTC) and values for each key, in order; (None, None) where the store has no row.

        Raises
        ------
        BaseMismatch
            The view was applied for another base than the one in the store.
        OnlineStoreError
            The store has no such table or column, or a row of it is damaged.
        """
        features = (
            [field.name for field in table.features] if requested_features is None else requested_features
        )
        keys = [online_rows.key_value(key) for key in entity_keys]
        make = online_rows.proto_maker(table, features)
        with self._reading(config, table) as (connection, source):
            places = online_rows.places(source, [EVENT_TS, *features])
            found = {
                row[0]: [row[place] for place in places]
                for row in online_rows.read_rows(connection, source, keys)
            }
        return [_feature_row(found.get(key), make) for key in keys]

    def update(
        self,
        config: RepoConfig,
        tables_to_delete: Sequence[FeatureView],
        tables_to_keep: Sequence[FeatureView],
        entities_to_delete: Sequence[Entity],
        entities_to_keep: Sequence[Entity],
        partial: bool,
    ) -> None:
        """Adapt the tables to the applied views: create, alter, drop them, or empty them for another base."""
        kept = [_table(config, view) for view in tables_to_keep]
        with explained(), self._open(config).transaction() as connection:
            for view in tables_to_delete:
                online_schema.drop(connection, _table_name(config, view))
            for table in kept:
                online_schema.ensure(connection, table)

    def plan(self, config: RepoConfig, desired_registry_proto: RegistryProto) -> list[InfraObject]:
        """No infrastructure to plan: `update` makes the tables, and the registry does not list them."""
        return []

    def teardown(self, config: RepoConfig, tables: Sequence[FeatureView], entities: Sequence[Entity]) -> None:
        """Remove the SQLite file."""
        connections = self._open(config)
        connections.close()
        beside = [connections.path.with_name(connections.path.name + suffix) for suffix in ("-wal", "-shm")]
        for path in (connections.path, *beside, seal_path(connections.path)):
            path.unlink(missing_ok=True)

    def state(self, config: RepoConfig, view: FeatureView) -> TableState | None:
        """Base, completeness and columns of a view's table; None when the store has no such table."""
        with explained(view.name), self._open(config).borrow() as connection:
            return online_schema.read_state(connection, _table_name(config, view))

    def complete_until(self, config: RepoConfig, view: FeatureView) -> datetime | None:
        """Moment (UTC) up to which the store holds every row within the view's TTL, or None."""
        state = self.state(config, view)
        until = None if state is None else state.complete_until
        return None if until is None else online_rows.from_micros(until)

    def mark_complete(self, config: RepoConfig, views: Sequence[FeatureView], until: datetime) -> None:
        """Record that every row of the views within their TTLs, up to a moment, has been written."""
        with explained(), self._open(config).transaction() as connection:
            for view in views:
                table = self._check(connection, config, view)
                online_schema.mark_complete(connection, table, online_rows.to_micros(until))

    def customers(self, config: RepoConfig, views: Sequence[FeatureView]) -> dict[str, pa.Array]:
        """Join keys that the store holds for each view, by its name, in order.

        Raises
        ------
        DamagedRow
            A view does not hold as many rows as the store says. The rows themselves are not looked at.
        """
        with explained(), self._open(config).borrow() as connection:
            connection.execute("BEGIN")
            held = online_rows.listed(connection, [_stored_table(connection, config, view) for view in views])
            connection.execute("COMMIT")
        return held

    def filled(self, config: RepoConfig, view: FeatureView) -> set[str]:
        """Features for which the store holds at least one value."""
        with self._reading(config, view) as (connection, table):
            return online_rows.filled_columns(connection, table)

    def checked_customers(self, config: RepoConfig, view: FeatureView) -> set[str]:
        """As `customers`, after a check of every row. Raises DamagedRow if one is damaged or not found."""
        with self._reading(config, view) as (connection, table):
            return online_rows.checked_keys(connection, table)

    def write_customers(
        self, config: RepoConfig, parts: Sequence[ViewRows], anew: Collection[str] = ()
    ) -> None:
        """Write and remove some customers' rows in all views at once: a reader sees all of it or nothing.

        The tables of the views in `anew` are made anew before, so `parts` must hold all their customers, and
        nobody who left.
        """
        for part in parts:
            _check_events(part.view, part.rows)
        with explained(), self._open(config).transaction() as connection:
            written = Written(connection)
            for part in parts:
                with explained(part.view.name):
                    table = self._check(connection, config, part.view)
                    if part.view.name in anew:
                        online_schema.renew(connection, table)
                    written.add(table, part.rows)
                    if part.gone:
                        online_rows.delete_keys(connection, table, part.gone)
            written.record()

    def record_left(self, config: RepoConfig, view: FeatureView, keys: Collection[str]) -> None:
        """Make `keys` the customers who left; no view gets a row of theirs from then on.

        Raises
        ------
        BaseMismatch
            The lake, the registry and the store do not hold the same base.
        """
        with self._writing(config, view) as (connection, _):
            record_left(connection, keys)

    def checkpoint(self, config: RepoConfig) -> None:
        """Move everything from the write-ahead log into the file, so that a copy of the file is whole."""
        with explained(), self._open(config).borrow() as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def seal(self, config: RepoConfig, seal: Seal) -> None:
        """Move everything into the file, and seal it."""
        self.checkpoint(config)
        with explained():
            write_seal(database_path(config), seal)

    def sealed(self, config: RepoConfig) -> Seal | None:
        """Seal of the store, if its file is as it was sealed; else None."""
        self.checkpoint(config)
        with explained():
            return read_seal(database_path(config))

    def _open(self, config: RepoConfig) -> Connections:
        place = (config.repo_path, config.online_store.path)
        with self._lock:
            if self._connections is None or self._place != place:
                self._connections, self._place = Connections(database_path(config)), place
            return self._connections

    @contextmanager
    def _reading(
        self, config: RepoConfig, view: FeatureView
    ) -> Iterator[tuple[sqlite3.Connection, ViewTable]]:
        """Connection and table, all reads as of one moment."""
        with explained(view.name), self._open(config).borrow() as connection:
            connection.execute("BEGIN")
            yield connection, _stored_table(connection, config, view)
            connection.execute("COMMIT")

    @contextmanager
    def _writing(
        self, config: RepoConfig, view: FeatureView
    ) -> Iterator[tuple[sqlite3.Connection, ViewTable]]:
        with explained(view.name), self._open(config).transaction() as connection:
            yield connection, self._check(connection, config, view)

    def _check(self, connection: sqlite3.Connection, config: RepoConfig, view: FeatureView) -> ViewTable:
        """Table of a view that may be written."""
        table = _stored_table(connection, config, view)
        check_lake(view)
        return table


def database_path(config: RepoConfig) -> Path:
    """SQLite file of a configuration: `STAYLINE_ONLINE_STORE`, or the `path` in `feature_store.yaml`."""
    return state_path(ONLINE_STORE_ENV, config.online_store.path, Path(config.repo_path or Path.cwd()))


def _table_name(config: RepoConfig, view: FeatureView) -> str:
    return str(compute_table_id(config.project, view, config.registry.enable_online_feature_view_versioning))


def _table(config: RepoConfig, view: FeatureView) -> ViewTable:
    return online_schema.table_of(_table_name(config, view), view)


def _stored_table(connection: sqlite3.Connection, config: RepoConfig, view: FeatureView) -> ViewTable:
    """Table of a view with the columns that it has, which a later `feast apply` may have changed."""
    table = _table(config, view)
    state = online_schema.known_state(connection, table)
    check_base(table, state.base)
    return replace(table, columns=state.columns, bit=state.bit)


def _check_events(view: FeatureView, rows: pa.Table) -> None:
    """`check_event` of the latest row of a `native_table`."""
    events = rows.column(EVENT_TS)
    if len(events):
        latest = pc.max(events)
        key = rows.column(view.join_keys[0])[pc.index(events, latest).as_py()]
        check_event(view.name, key.as_py(), latest.as_py())


def _feature_row(row: list[Any] | None, make: ProtoMaker) -> FeatureRow:
    return (None, None) if row is None else (online_rows.from_micros(row[0]), make(row[1:]))

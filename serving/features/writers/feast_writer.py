"""Writes customers into a Feast online store through its own `online_write_batch`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from feature_repo.lake import JOIN_KEY
from serving.errors import MaterializeError
from serving.features.feast_reader import entity_key, view_row
from serving.features.feature_status import EPOCH, MICROSECOND, micros
from serving.features.store_statement import Statement, marker_key, statement_of

if TYPE_CHECKING:
    from feast import FeatureView, RepoConfig
    from feast.infra.online_stores.online_store import OnlineStore
    from feast.protos.feast.types.EntityKey_pb2 import EntityKey
    from feast.protos.feast.types.Value_pb2 import Value

    from feature_repo.sqlite_store.arrow_rows import ViewRows

CHUNK = 500


class Row(NamedTuple):
    """A row as Feast writes it."""

    key: EntityKey
    values: dict[str, Value]
    event: datetime
    created: datetime | None


class FeastWriter:
    """A `StoreWriter` for any Feast store. It writes view by view: only `RedisWriter` changes all at once.

    Parameters
    ----------
    config : RepoConfig
    online : OnlineStore
    views : sequence of FeatureView
        All that the run fills.
    base : str
        Base of the lake.
    """

    def __init__(
        self, config: RepoConfig, online: OnlineStore, views: Sequence[FeatureView], base: str
    ) -> None:
        self._config = config
        self._online: Any = online
        self._views = views
        self._base = base
        self._filled: dict[str, set[str]] = {}
        self._backwards: set[str] = set()
        self._replaced: set[str] = set()

    def unchanged(self, source: str | None, until: datetime) -> Mapping[str, int] | None:
        """Return None: whether somebody else wrote to the store cannot be said."""
        return None

    def complete_until(self, view: FeatureView) -> datetime | None:
        """As `StoreWriter`: None too if the store does not say what it holds, or holds another base."""
        said = self._own_statement(view)
        return None if said is None else EPOCH + said.complete_until * MICROSECOND

    def replaces(self, view: FeatureView) -> bool:
        """As `StoreWriter`."""
        return view.name in self._replaced or self._own_statement(view) is None

    def filled(self, view: FeatureView) -> set[str]:
        """As `StoreWriter`, by what the store says."""
        said = self._own_statement(view)
        return set() if said is None else set(said.filled)

    def stored(self, view: FeatureView, asked: Callable[[], pa.Array]) -> pa.Array:
        """Those of the customers asked for who have a row: a Feast store cannot list its keys."""
        return pa.array(self._events(view, sorted(asked().to_pylist())), pa.string())

    def prepared(self, view: FeatureView, rows: pa.Table) -> pa.Table:
        """As `StoreWriter`."""
        held = {field.name for field in view.features if rows.column(field.name).null_count < rows.num_rows}
        self._filled[view.name] = self.filled(view) | held
        return rows.set_column(
            rows.column_names.index(JOIN_KEY), JOIN_KEY, pc.cast(rows.column(JOIN_KEY), "string")
        ).sort_by(JOIN_KEY)

    def begin(self, until: datetime, left: Collection[str]) -> None:
        """As `StoreWriter`: what holds another base, or does not say, says nothing until it is filled.

        Raises
        ------
        MaterializeError
            The store holds another base, and cannot list its customers so that they could be removed.
        """
        for view in self._views:
            said = self._own_statement(view)
            self._check_emptied(view)
            if said is None:
                self._replaced.add(view.name)
            elif micros(until) < said.complete_until:
                self._backwards.add(view.name)
        self._say({view: None for view in self._views if view.name in self._replaced})

    def part_size(self, size: int | None) -> int | None:
        """As `StoreWriter`: as asked for."""
        return size

    def write(self, parts: Sequence[ViewRows]) -> None:
        """As `StoreWriter`, one view after the other."""
        for view, table, gone in parts:
            rows = self._rows(view, self._newer(view, table))
            # Stores of Feast's cannot delete a key. A row of 1970 without values is read as no row.
            empty = [Row(entity_key(customer), _nulls(view), EPOCH, None) for customer in gone]
            if rows or empty:
                self._online.online_write_batch(self._config, view, [*rows, *empty], None)

    def written(self) -> None:
        """As `StoreWriter`: the store is asked each time."""

    def finish(self, until: datetime, source: str | None, customers: Mapping[str, int]) -> None:
        """As `StoreWriter`.

        Raises
        ------
        MaterializeError
            The store did not keep what it was to say.
        """
        said = {view: self._reached(view, until) for view in self._views}
        self._say(said)
        for view, statement in said.items():
            if self._statement(view) != statement:
                raise MaterializeError(
                    f"View {view.name!r}: the online store ({self._config.online_store.type}) does not keep "
                    "what it says of itself, so no service can trust it; use the SQLite store or Redis."
                )

    def _check_emptied(self, view: FeatureView) -> None:
        said = self._statement(view)
        if said is not None and said.base != self._base:
            raise MaterializeError(
                f"View {view.name!r}: the online store ({self._config.online_store.type}) holds base "
                f"{said.base}; run `feast -c feature_repo teardown`, which empties it, "
                "`feast -c feature_repo apply` and materialize."
            )

    def _reached(self, view: FeatureView, until: datetime) -> Statement:
        said = self._own_statement(view)
        moment = micros(until) if said is None else max(micros(until), said.complete_until)
        return Statement(self._base, moment, tuple(sorted(self._filled[view.name])))

    def _own_statement(self, view: FeatureView) -> Statement | None:
        said = self._statement(view)
        return said if said is not None and said.base == self._base else None

    def _statement(self, view: FeatureView) -> Statement | None:
        name = view.features[0].name
        ((_, values),) = self._online.online_read(self._config, view, [marker_key()], [name])
        return statement_of(values[name].string_val) if values and name in values else None

    def _say(self, statements: Mapping[FeatureView, Statement | None]) -> None:
        from feast.protos.feast.types.Value_pb2 import Value

        now = datetime.now(UTC)
        for view, statement in statements.items():
            text = Value(string_val="" if statement is None else statement.text())
            row = Row(marker_key(), {field.name: text for field in view.features}, now, now)
            self._online.online_write_batch(self._config, view, [row], None)

    def _rows(self, view: FeatureView, table: pa.Table) -> list[Row]:
        from feast.utils import _convert_arrow_to_proto

        if not table.num_rows:
            return []
        keys = {field.name: field.dtype.to_value_type() for field in view.entity_columns}
        return [Row(*row) for row in _convert_arrow_to_proto(table.combine_chunks(), view, keys)]

    def _newer(self, view: FeatureView, table: pa.Table) -> pa.Table:
        """Leave out what is not newer, where an earlier run went further."""
        if view.name not in self._backwards:
            return table
        held = self._events(view, table.column(JOIN_KEY).to_pylist())
        events = table.column(view.batch_source.timestamp_field).cast(
            pa.timestamp("us", tz="UTC"), safe=False
        )
        rows = zip(table.column(JOIN_KEY).to_pylist(), events.cast(pa.int64()).to_pylist(), strict=True)
        return table.filter(pa.array([event > held.get(customer, 0) for customer, event in rows], pa.bool_()))

    def _events(self, view: FeatureView, customers: Sequence[str]) -> dict[str, int]:
        """Event timestamp of each customer who has a row."""
        name = view.features[0].name
        found = {}
        for chunk in _chunks(customers):
            read = self._online.online_read(self._config, view, list(map(entity_key, chunk)), [name])
            for customer, (event, values) in zip(chunk, read, strict=True):
                moment, _ = view_row(event, values, [name])
                if moment is not None:
                    found[customer] = moment
        return found


def _nulls(view: FeatureView) -> dict[str, Value]:
    from feast.protos.feast.types.Value_pb2 import Value

    return {field.name: Value() for field in view.features}


def _chunks(customers: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(customers), CHUNK):
        yield customers[start : start + CHUNK]

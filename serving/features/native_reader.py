"""Reads rows of our SQLite online store: one statement for all customers and all views of a signature.

It needs no registry, and does not import Feast.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from feature_repo.lake import JOIN_KEY
from feature_repo.sqlite_store.schema import EVENT_TS, META, SQL_TYPE, quoted, read_state
from serving.errors import StoreError
from serving.features.raw_columns import RawColumns
from serving.features.read_connections import ReadConnections
from serving.features.store_wait import waiting_for_store
from serving.model.signature import Signature


class NativeReader:
    """Reads the values and event timestamps of a signature's features; safe for many threads.

    Parameters
    ----------
    connections : ReadConnections
        To the SQLite file; other readers may use them too.
    project : str
        Feast project, which the tables are named after.
    signature : Signature
        What to read.
    expected_base : str or None
        Base that the store must hold; None accepts any.
    """

    def __init__(
        self, connections: ReadConnections, project: str, signature: Signature, expected_base: str | None
    ) -> None:
        self._connections = connections
        self._path = connections.path
        self._signature = signature
        self._tables = {view: f"{project}_{view}" for view in signature.views}
        self._base = expected_base
        self._features = len(signature.names)
        self._one = _query(signature, self._tables, "(SELECT 0 AS key, ? AS value)", expected_base)
        # The list of ids is one JSON parameter, so one prepared statement serves any number of them.
        self._many = _query(signature, self._tables, "json_each(?)", expected_base)

    def base(self) -> str | None:
        """Base that the store holds.

        Raises
        ------
        StoreError
            There is no store, or it does not hold the signature's features or the expected base.
        """
        with self._connection() as connection, waiting_for_store:
            states = {view: read_state(connection, table) for view, table in self._tables.items()}
        bases = set()
        for view, state in states.items():
            if state is None:
                raise StoreError(f"{self._path} has no table for view {view!r}; {_CURE}")
            bases.add(state.base)
            self._check_columns(view, state.columns)
        self._check_base(bases)
        return bases.pop() if len(bases) == 1 else None

    def read(self, customer_ids: Sequence[str]) -> RawColumns:
        """Values and event timestamps of each customer, in order, all as of one moment.

        Raises
        ------
        StoreError
            The store cannot be read, or holds another base than the expected one.
        """
        if len(customer_ids) == 1 and customer_ids[0].isascii():
            query, wanted = self._one, customer_ids[0]
        else:
            query, wanted = self._many, _as_json(customer_ids)
        with self._connection() as connection:
            with waiting_for_store:
                first = connection.execute(query, (wanted,))
            rows = first.fetchall()
        if not rows:
            return RawColumns.of([])
        at, held, *columns = zip(*rows, strict=True)
        if held[0] not in (None, len(self._tables)):
            self.base()  # which raises, and says what the store holds instead
            return self.read(customer_ids)  # the store has been filled again meanwhile
        if at != tuple(range(len(at))):  # SQLite may return a join in any order
            order = sorted(range(len(at)), key=at.__getitem__)
            columns = [tuple([column[place] for place in order]) for column in columns]
        return RawColumns(columns[: self._features], columns[self._features :])

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        try:
            with waiting_for_store:
                connection = self._connections.current()
            yield connection
        except FileNotFoundError as error:
            raise StoreError(f"There is no online store at {self._path}; {_CURE}") from error
        except (sqlite3.Error, OSError) as error:
            self._connections.discard()
            raise StoreError(f"The online store {self._path} cannot be read: {error}; {_CURE}") from error

    def _check_columns(self, view: str, stored: Mapping[str, str]) -> None:
        for feature in self._signature.features:
            if feature.view == view and stored.get(feature.name) != SQL_TYPE[feature.dtype]:
                held = stored.get(feature.name, "no such column")
                need = f"{view}:{feature.name} as {feature.dtype}"
                raise StoreError(f"The model needs {need}, and {self._path} holds {held}; {_CURE}")

    def _check_base(self, bases: set[str | None]) -> None:
        if self._base is not None and bases != {self._base}:
            held = ", ".join(sorted(str(base) for base in bases))
            raise StoreError(
                f"The model is of base {self._base}, and {self._path} holds {held}; {_BASE_CURE}"
            )


def _as_json(customer_ids: Sequence[str]) -> str:
    """JSON list of ids. One with a null character becomes null: SQLite's JSON would cut it short there."""
    text = json.dumps([*customer_ids])
    if "\\u0000" in text:
        return json.dumps([None if "\0" in customer else customer for customer in customer_ids])
    return text


def _query(signature: Signature, tables: Mapping[str, str], ids: str, expected_base: str | None) -> str:
    """Query of position, number of tables of the expected base, features in order, event timestamps."""
    features = [f"{quoted(feature.view)}.{quoted(feature.name)}" for feature in signature.features]
    events = [f"{quoted(view)}.{EVENT_TS}" for view in signature.views]
    names = ", ".join(_literal(table) for table in tables.values())
    held = "NULL"
    if expected_base is not None:
        held = f"(SELECT count(*) FROM {META} WHERE base = {_literal(expected_base)} AND view IN ({names}))"
    joins = "".join(
        f" LEFT JOIN {quoted(table)} AS {quoted(view)} ON {quoted(view)}.{quoted(JOIN_KEY)} = ids.value"
        for view, table in tables.items()
    )
    return f"SELECT ids.key, {', '.join([held, *features, *events])} FROM {ids} AS ids{joins}"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


_CURE = "run `feast -c feature_repo apply` and materialize, or point STAYLINE_ONLINE_STORE at a store."
_BASE_CURE = "run `feast -c feature_repo apply` and materialize, or serve a model of that base."

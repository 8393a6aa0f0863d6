"""Reads rows of our SQLite online store: one statement for all customers and all views of a signature.

It needs no registry, and does not import Feast. Whole rows are read, also where a model uses a few features,
because a row's check is over all of it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from feature_repo.errors import FeatureRepoError
from feature_repo.lake import JOIN_KEY
from feature_repo.sqlite_store.row_check import (
    FILE_DAMAGED,
    REMOVE,
    STORED_ROWS,
    UNDECODABLE,
    damaged,
    seed_of,
)
from feature_repo.sqlite_store.schema import (
    CREATED_TS,
    EVENT_TS,
    META,
    SQL_TYPE,
    TableState,
    quoted,
    read_state,
)
from serving.errors import DamagedFeatures, StoreError
from serving.features.raw_columns import RawColumns, RawRow
from serving.features.read_connections import ReadConnections
from serving.features.store_wait import waiting_for_store
from serving.features.whole_rows import ViewPart, damaged_view
from serving.model.signature import Signature

_POSITION, _HELD, _RECORDED, _BEFORE = range(4)  # the columns before those of the views


class _Layout(NamedTuple):
    """Where a statement's columns stand: the views' tables, and what a signature wants of them."""

    width: int
    parts: list[ViewPart]
    features: list[int]
    events: list[int]


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
        self._layout = _Layout(0, [], [], [])
        self._one = _query(self._tables, "(SELECT 0 AS key, ? AS value)", expected_base)
        # The list of ids is one JSON parameter, so one prepared statement serves any number of them.
        self._many = _query(self._tables, "json_each(?)", expected_base)

    def base(self) -> str | None:
        """Base that the store holds.

        Raises
        ------
        StoreError
            There is no store, or it is empty, or it does not hold the signature's features or the expected
            base, or what it says of itself is damaged.
        """
        states = self._states()
        bases = {state.base for state in states.values()}
        for view, state in states.items():
            self._check_columns(view, state.columns)
        self._check_base(bases)
        if all(state.complete_until is None for state in states.values()):
            self._check_not_empty()
        return bases.pop() if len(bases) == 1 else None

    def read(self, customer_ids: Sequence[str]) -> RawColumns:
        """Values and event timestamps of each customer, in order, all as of one moment.

        Raises
        ------
        DamagedFeatures
            A row is not what was written, or is not found.
        StoreError
            The store cannot be read, or holds another base than the expected one.
        """
        if not customer_ids:
            return RawColumns.of([])
        rows, layout = self._whole_rows(customer_ids)
        columns: list[tuple[Any, ...]] = [*zip(*rows, strict=True)]
        at = columns[_POSITION]
        if at != tuple(range(len(at))):  # SQLite may return a join in any order
            order = sorted(range(len(at)), key=at.__getitem__)
            columns = [tuple([column[place] for place in order]) for column in columns]
        return RawColumns(
            [columns[place] for place in layout.features], [columns[place] for place in layout.events]
        )

    def read_one(self, customer_id: str) -> RawRow:
        """Like `read`, for one customer."""
        (row,), layout = self._whole_rows((customer_id,))
        return tuple([row[at] for at in layout.features]), tuple([row[at] for at in layout.events])

    def _whole_rows(self, customer_ids: Sequence[str]) -> tuple[list[tuple[Any, ...]], _Layout]:
        rows, layout = self._rows(customer_ids), self._layout
        if rows[0][_HELD] not in (None, len(self._tables)):
            self.base()  # which raises, and says what the store holds instead
            return self._whole_rows(customer_ids)  # the store has been filled again meanwhile
        if self._damaged(rows, layout):  # or `feast apply` has changed the tables
            layout, rows = self._look(), self._rows(customer_ids)
            view = self._damaged(rows, layout)
            if view:
                raise DamagedFeatures(damaged(view).message)
            self._layout = layout
        if not any(row[_RECORDED] for row in rows):
            self.base()  # which raises if nobody at all is there
        return rows, layout

    def _rows(self, customer_ids: Sequence[str]) -> list[tuple[Any, ...]]:
        if len(customer_ids) == 1 and customer_ids[0].isascii():
            query, wanted = self._one, customer_ids[0]
        else:
            query, wanted = self._many, _as_json(customer_ids)
        with self._connection() as connection:
            try:
                with waiting_for_store:
                    first = connection.execute(query, (wanted,))
                return first.fetchall()
            except sqlite3.OperationalError as error:
                if not str(error).startswith(UNDECODABLE):
                    raise
                raise self._undecodable(connection, customer_ids) from None  # it quotes a customer's value

    def _damaged(self, rows: Sequence[tuple[Any, ...]], layout: _Layout) -> str | None:
        """View with a row that is not as `layout` says."""
        if len(rows[0]) != layout.width:
            return next(iter(self._tables))
        return damaged_view(rows, _RECORDED, layout.parts)

    def _look(self) -> _Layout:
        """Layout of the tables that the store says it has."""
        states, parts = self._states(), []
        at: dict[tuple[str, str], int] = {}
        start = _BEFORE
        for view, state in states.items():
            self._check_columns(view, state.columns)
            names = [JOIN_KEY, EVENT_TS, CREATED_TS, *state.columns]
            at |= {(view, name): place for place, name in enumerate(names, start)}
            seed = seed_of(self._tables[view], names)
            parts.append(ViewPart(view, start, start + len(names), seed, state.bit))
            start += len(names) + 1
        features = [at[feature.view, feature.name] for feature in self._signature.features]
        return _Layout(start, parts, features, [at[view, EVENT_TS] for view in self._tables])

    def _states(self) -> dict[str, TableState]:
        states = {}
        with self._connection() as connection, waiting_for_store:
            for view, table in self._tables.items():
                try:
                    state = read_state(connection, table)
                except FeatureRepoError as error:
                    raise StoreError(error.message) from error
                if state is None:
                    raise StoreError(f"{self._path} has no table for view {view!r}; {_CURE}")
                states[view] = state
        return states

    def _undecodable(self, connection: sqlite3.Connection, customer_ids: Sequence[str]) -> DamagedFeatures:
        """The error for a text that is no longer UTF-8: it names the first view that has one."""
        keys = f"{quoted(JOIN_KEY)} IN (SELECT value FROM json_each(?))"
        views = list(self._tables)
        for view in views:
            query = f"SELECT * FROM {quoted(self._tables[view])} WHERE {keys}"
            try:
                connection.execute(query, (_as_json(customer_ids),)).fetchall()
            except sqlite3.OperationalError:
                return DamagedFeatures(damaged(view).message)
        return DamagedFeatures(damaged(views[0]).message)

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        try:
            with waiting_for_store:
                connection = self._connections.current()
            yield connection
        except FileNotFoundError as error:
            raise StoreError(f"There is no online store at {self._path}; {_CURE}") from error
        except (sqlite3.Error, OSError, UnicodeDecodeError) as error:
            self._connections.discard()
            cure = REMOVE if type(error) in FILE_DAMAGED else _CURE
            raise StoreError(f"The online store {self._path} cannot be read: {error}; {cure}") from error

    def _check_not_empty(self) -> None:
        """Refuse a store that has never been filled: every customer would be unknown."""
        with self._connection() as connection, waiting_for_store:
            anybody = connection.execute(f"SELECT 1 FROM {STORED_ROWS} LIMIT 1").fetchone()
        if anybody is None:
            raise StoreError(f"{self._path} holds no customer; {_FILL}")

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


def _query(tables: Mapping[str, str], ids: str, expected_base: str | None) -> str:
    """Query of position, number of tables of the expected base, recorded rows, and all views' columns."""
    names = ", ".join(_literal(table) for table in tables.values())
    held = "NULL"
    if expected_base is not None:
        held = f"(SELECT count(*) FROM {META} WHERE base = {_literal(expected_base)} AND view IN ({names}))"
    joins = "".join(
        f" LEFT JOIN {quoted(table)} AS {quoted(view)} ON {quoted(view)}.{quoted(JOIN_KEY)} = ids.value"
        for view, table in tables.items()
    )
    joins += f" LEFT JOIN {STORED_ROWS} ON {STORED_ROWS}.key = ids.value"
    columns = ", ".join(f"{quoted(view)}.*" for view in tables)
    recorded = f"CAST({STORED_ROWS}.views AS INTEGER)"  # a damaged number may be a text
    return f"SELECT ids.key, {held}, {recorded}, {columns} FROM {ids} AS ids{joins}"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


_CURE = "run `feast -c feature_repo apply` and materialize, or point STAYLINE_ONLINE_STORE at a store."
_BASE_CURE = "run `feast -c feature_repo apply` and materialize, or serve a model of that base."
_FILL = "run `python -m serving materialize`."

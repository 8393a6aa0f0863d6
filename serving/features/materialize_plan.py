"""Plans of one run of materialize: what it reads of each view, and who must be stored afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from feature_repo.lake import JOIN_KEY
from serving.errors import MaterializeError
from serving.features.materialize_checks import check_source
from serving.features.materialize_members import (
    Members,
    News,
    absent,
    customers_of,
    news_since,
    present,
    without_new_rows,
)
from serving.features.materialize_window import choose_start, first_start

if TYPE_CHECKING:
    from feast import FeatureStore, FeatureView

    from serving.features.writers.store_writers import StoreWriter


@dataclass(frozen=True)
class Run:
    """What all views of one run share.

    `end` is the moment up to which the run reads. `present` is the moment up to which the store is filled
    afterwards; it is later if an earlier run went further. The lake holds rows up to `data_until`.
    """

    store: FeatureStore
    writer: StoreWriter
    end: datetime
    present: datetime
    data_until: datetime
    left: pa.Array
    back: pa.Table
    full: bool

    def away(self, view: FeatureView) -> pa.Array:
        """Those who left, and those who came back and have no row of the view since."""
        return pa.concat_arrays([self.left, without_new_rows(self.store, view, self.back, self.present)])

    def stored(self, members: Members) -> pa.Array:
        """Customers whom the store holds in a view."""
        return self.writer.stored(
            members.view, lambda: pc.unique(pa.concat_arrays([members.known, self.left]))
        )


class Read(NamedTuple):
    """What is read of one view: rows from `start` on as they are to be written, and who must be stored."""

    start: datetime
    rows: pa.Table
    expected: pa.Array
    missing: pa.Array


@dataclass(frozen=True)
class Plan:
    """What is to be done to one view: what was read is written, and who is gone is taken out.

    Attributes
    ----------
    members : Members
    stored : pyarrow.Array of string
        Customers whom the store holds before.
    read : Read
        Without rows of those who are away.
    gone : pyarrow.Array of string
        Customers whose rows are taken out, each once.
    """

    members: Members
    stored: pa.Array
    read: Read
    gone: pa.Array

    @property
    def view(self) -> FeatureView:
        """The view that is filled."""
        return self.members.view

    @property
    def changes(self) -> bool:
        """Whether anything is written or taken out."""
        return bool(self.read.rows.num_rows or len(self.gone))


def plan_view(run: Run, view: FeatureView) -> Plan:
    """Read what is new of a view, and say who must be stored afterwards.

    Raises
    ------
    MaterializeError
        The view asks for more than a copy of its source's rows, or its source cannot be used.
    """
    _check_view(run, view)
    members = Members(run.store, view, first_start(run.present, view.ttl), run.present, run.data_until)
    away = run.away(view)
    stored = run.stored(members)
    previous = None if run.full else run.writer.complete_until(view)
    read = (
        _read_all(run, members, stored, away)
        if previous is None
        else _read_new(run, members, stored, away, previous)
    )
    written = customers_of(read.rows)
    no_longer = _no_longer(run, members, stored, read, written)
    gone = pc.unique(pa.concat_arrays([present(stored, away), present(written, away), no_longer]))
    return Plan(members, stored, read._replace(rows=_without(read.rows, away)), gone)


def _read_all(run: Run, members: Members, stored: pa.Array, away: pa.Array) -> Read:
    """Read every row within the TTL."""
    start = first_start(run.end, members.view.ttl)
    rows = run.writer.prepared(members.view, _pull(run, members.view, start))
    current = members.current_if(customers_of(rows)) if run.end == run.present else members.current
    expected = absent(current, away)
    return Read(start, rows, expected, absent(expected, stored))


def _read_new(run: Run, members: Members, stored: pa.Array, away: pa.Array, previous: datetime) -> Read:
    """Read the rows of those who have new ones since the previous run, or should be stored and are not."""
    view = members.view
    expected = absent(members.current, away)
    missing = absent(expected, stored)
    news = _news(run, members, missing, previous)
    start = choose_start(run.end, view.ttl, previous, news)
    pulled = _pull(run, view, start)
    if news is not None:
        pulled = pulled.filter(pc.is_in(pulled.column(JOIN_KEY), news.customers))
    return Read(start, run.writer.prepared(view, pulled), expected, missing)


def _news(run: Run, members: Members, missing: pa.Array, previous: datetime) -> News | None:
    """Who has new rows since the previous run, and who should be stored and is not."""
    news = news_since(run.store, members.view, previous)
    if news is None or not len(lost := absent(missing, news.customers)):
        return news
    return News(pa.concat_arrays([news.customers, lost]), members.earliest)


def _no_longer(run: Run, members: Members, stored: pa.Array, read: Read, written: pa.Array) -> pa.Array:
    """Those stored who are no longer in the lake. The whole table is read only if somebody is not current."""
    if run.writer.replaces(members.view):
        return absent(stored, written)
    if not len(stored) or (not len(read.missing) and len(stored) == len(read.expected)):
        return stored.slice(0, 0)  # the store holds nobody, or whom it should and nobody else
    suspects = absent(stored, members.current)
    return absent(suspects, members.known) if len(suspects) else suspects


def _without(rows: pa.Table, customers: pa.Array) -> pa.Table:
    return rows.filter(pc.invert(pc.is_in(rows.column(JOIN_KEY), customers))) if len(customers) else rows


def _check_view(run: Run, view: FeatureView) -> None:
    from feature_repo.compute_engine import is_plain
    from feature_repo.sqlite_store.checks import check_lake

    if not is_plain(view):
        raise MaterializeError(
            f"View {view.name!r} asks Feast to do more than copy its source's rows; "
            "fill it with `feast -c feature_repo materialize`, or define it as a plain feature view."
        )
    check_lake(view)
    check_source(view, run.writer.filled(view))


def _pull(run: Run, view: FeatureView, start: datetime) -> pa.Table:
    from feature_repo.compute_engine import pull_latest

    rows = pull_latest(run.store.config, run.store.provider.offline_store, view, start, run.end)
    if rows.column(JOIN_KEY).null_count:
        raise MaterializeError(
            f"View {view.name!r}: its source has rows without {JOIN_KEY}; write the table again."
        )
    return rows

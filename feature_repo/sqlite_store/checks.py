"""Checks before the online store is read or written, and SQLite's errors as our own."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from feast import FeatureView

from feature_repo.errors import BaseMismatch, OnlineStoreError
from feature_repo.lake import AHEAD, BASE_TAG, lake_base
from feature_repo.sqlite_store.row_check import REMOVE, UNDECODABLE, damaged
from feature_repo.sqlite_store.rows import to_micros
from feature_repo.sqlite_store.schema import ViewTable


def check_base(table: ViewTable, stored_base: str | None) -> None:
    """Check that the store holds the base that a view was applied for; an unknown base passes.

    Raises
    ------
    BaseMismatch
        It holds another one.
    """
    if table.base is not None and stored_base is not None and table.base != stored_base:
        raise BaseMismatch(
            f"The online store holds base {stored_base} for view {table.view!r}, the registry {table.base}; "
            "run `feast apply`, which empties the store for the new base, then materialize."
        )


def check_lake(view: FeatureView) -> None:
    """Check that the lake beside a view's source holds the base that the view was applied for.

    Raises
    ------
    BaseMismatch
        It holds another one.
    """
    path = getattr(view.batch_source, "path", None)
    base = None if path is None else lake_base(Path(path).parent)
    applied = view.tags.get(BASE_TAG)
    if base is not None and base != applied:
        raise BaseMismatch(
            f"The lake holds base {base}, and view {view.name!r} was applied for {applied or 'no base'}; "
            "run `feast apply`, then materialize."
        )


def check_event(view: str, key: str, event: int) -> None:
    """Check that a row is not dated in the future.

    Parameters
    ----------
    view, key : str
        Whose row it is.
    event : int
        Its event timestamp, in microseconds since 1970 UTC.

    Raises
    ------
    OnlineStoreError
        It is, by more than clocks differ.
    """
    if event > to_micros(datetime.now(UTC) + AHEAD):
        moment = np.datetime64(event // 1_000_000, "s")  # a datetime ends with the year 9999
        raise OnlineStoreError(
            f"View {view!r}: the row of customer {key} is dated {moment} UTC, which lies in the future; "
            "correct its event timestamp, or this machine's clock, and write the rows again."
        )


@contextmanager
def explained(view: str = "") -> Iterator[None]:
    """Raise SQLite's errors, and the disk's, as OnlineStoreError, naming the view."""
    try:
        yield
    except (sqlite3.Error, OSError, UnicodeDecodeError) as error:
        if str(error).startswith(UNDECODABLE):
            raise damaged(view) from None  # the error quotes a customer's value
        where = f"View {view!r}: the" if view else "The"
        message = f"{where} online store says: {error}; {_cure(error)}"
        raise OnlineStoreError(message) from error


def _cure(error: Exception) -> str:
    """What to do; SQLite has no class of its own for the error that a file is damaged."""
    return (
        REMOVE if type(error) is sqlite3.DatabaseError else "if the definitions changed, run `feast apply`."
    )

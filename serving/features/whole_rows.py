"""Checks rows that are read from our SQLite online store: each must be what was written, and all be there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from feature_repo.sqlite_store.row_check import checks_of


class ViewPart(NamedTuple):
    """Where one view's table stands in a row of all views.

    Attributes
    ----------
    view : str
    first, check : int
        Positions of the key, and of the check that ends it.
    seed : int
        Where its checks begin.
    bit : int
        What stands for the view in the store's record of its rows.
    """

    view: str
    first: int
    check: int
    seed: int
    bit: int


def damaged_view(rows: Sequence[tuple[Any, ...]], recorded: int, parts: Sequence[ViewPart]) -> str | None:
    """View in which a customer's row is not what was written, or not there; None if all is well.

    Parameters
    ----------
    rows : sequence of tuple
        One a customer, with the columns of all views.
    recorded : int
        Position of the bits of the views that hold a row of the customer, by the store's record.
    parts : sequence of ViewPart
    """
    for view, first, check, seed, bit in parts:
        there = [row for row in rows if row[first] is not None]
        said = [row for row in rows if (row[recorded] or 0) & bit]
        if said != there or checks_of(there, first, check, seed) != [row[check] for row in there]:
            return view
    return None

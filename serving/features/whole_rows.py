"""Checks rows that are read from our SQLite online store: each must be what was written, and all be there."""

from __future__ import annotations

import marshal
import zlib
from collections.abc import Sequence
from typing import Any, NamedTuple

from feature_repo.sqlite_store.row_check import MARSHAL


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
    crc32, dumps = zlib.crc32, marshal.dumps
    for row in rows:
        bits = row[recorded] or 0
        for view, first, check, seed, bit in parts:
            if row[first] is None:
                if bits & bit:
                    return view
            elif not bits & bit or crc32(dumps(row[first:check], MARSHAL), seed) != row[check]:
                return view
    return None

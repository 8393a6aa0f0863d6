"""What an online store holds of customers, before anybody has judged it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Self

RawRow = tuple[Sequence[Any], Sequence[int | None]]
"""One customer: values in the signature's order, and each view's event timestamp, both as in `RawColumns`."""


class RawColumns(NamedTuple):
    """Customers in the order in which they were asked for, column by column.

    Attributes
    ----------
    values : sequence of sequences
        Of each feature, in the signature's order, each customer's native value; None where there is none.
    events : sequence of sequences
        Of each view, the event timestamp of each customer in microseconds since 1970 UTC; None where there
        is no row.
    """

    values: Sequence[Sequence[Any]]
    events: Sequence[Sequence[int | None]]

    @classmethod
    def of(cls, rows: Sequence[RawRow]) -> Self:
        """The columns of rows; of no rows there are none."""
        values, events = zip(*rows, strict=True) if rows else ((), ())
        return cls(list(zip(*values, strict=True)), list(zip(*events, strict=True)))

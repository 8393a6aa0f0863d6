"""The values that an online store holds, without a status."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Self

RawRow = tuple[Sequence[Any], Sequence[int | None]]
"""One customer: values in the signature's order, and each view's event timestamp, both as in `RawColumns`."""


class RawColumns(NamedTuple):
    """Stored values of customers, in the order in which they were asked for, column by column.

    Attributes
    ----------
    values : sequence of sequences
        One sequence per feature, in the signature's order, with each customer's native value or None.
    events : sequence of sequences
        One sequence per view, with each customer's event timestamp in microseconds since 1970 UTC; None where
        there is no row.
    """

    values: Sequence[Sequence[Any]]
    events: Sequence[Sequence[int | None]]

    @classmethod
    def of(cls, rows: Sequence[RawRow]) -> Self:
        """Turn rows into columns; no rows give no columns."""
        values, events = zip(*rows, strict=True) if rows else ((), ())
        return cls(list(zip(*values, strict=True)), list(zip(*events, strict=True)))

    def row(self, at: int) -> RawRow:
        """One customer's."""
        return tuple([column[at] for column in self.values]), tuple([column[at] for column in self.events])

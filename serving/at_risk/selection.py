"""Which customers of the list are selected, and in which order."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc

SortKey = Literal[
    "probability", "expected_profit", "monthly_charges", "tenure", "contract", "segment", "customerID"
]


@dataclass(frozen=True)
class Selection:
    """Filters, all of which a customer must meet, and an order. A filter that is None is not applied.

    Attributes
    ----------
    segment : int or None
        Id of the segment.
    contract, band : str or None
    min_charge, max_charge : float or None
        Bounds of the monthly charges, the lower one included and the upper one excluded.
    contact : bool or None
        Whether the decision is to contact the customer.
    include_left : bool
        Whether customers who are marked as having left are listed too.
    include_unscored : bool
        Whether customers are listed too of whom too little is known for a score.
    sort : str
        A column; ties are in the order of their customerIDs, and rows without a value come last.
    descending : bool
    """

    segment: int | None = None
    contract: str | None = None
    band: str | None = None
    min_charge: float | None = None
    max_charge: float | None = None
    contact: bool | None = None
    include_left: bool = False
    include_unscored: bool = False
    sort: SortKey = "probability"
    descending: bool = True

    def of(self, table: pa.Table) -> pa.Table:
        """The selected rows, in order.

        Parameters
        ----------
        table : pyarrow.Table
            With the columns of `serving.at_risk.scores_file.COLUMNS`.
        """
        conditions = self._conditions(table)
        kept = table.filter(reduce(pc.and_, conditions)) if conditions else table
        direction = "descending" if self.descending else "ascending"
        keys = [(self.sort, direction)] + ([("customerID", "ascending")] if self.sort != "customerID" else [])
        return kept.take(pc.sort_indices(_sortable(kept, self.sort), sort_keys=keys))

    def _conditions(self, table: pa.Table) -> list[Any]:
        charges = table["monthly_charges"]
        found = [
            pc.equal(table[name], value)
            for name, value in (
                ("segment_id", self.segment),
                ("contract", self.contract),
                ("band", self.band),
                ("contact", self.contact),
                ("left", None if self.include_left else False),
            )
            if value is not None
        ]
        if not self.include_unscored:
            found.append(pc.is_valid(table["probability"]))
        if self.min_charge is not None:
            found.append(pc.greater_equal(charges, self.min_charge))
        if self.max_charge is not None:
            found.append(pc.less(charges, self.max_charge))
        return found


def _sortable(table: pa.Table, name: str) -> pa.Table:
    """The columns to sort by; Arrow cannot sort dictionary-encoded texts."""
    columns = {key: table[key] for key in dict.fromkeys((name, "customerID"))}
    if pa.types.is_dictionary(columns[name].type):
        columns[name] = columns[name].cast(pa.string())
    return pa.table(columns)


def segments_of(table: pa.Table) -> list[tuple[int, str]]:
    """Ids and names of the segments in the table, sorted, without null."""
    pairs = table.select(["segment_id", "segment"]).group_by(["segment_id", "segment"]).aggregate([])
    pairs = pairs.drop_null()
    return sorted((row["segment_id"], row["segment"]) for row in pairs.to_pylist())


def values_of(column: pa.ChunkedArray) -> list[str]:
    """The distinct texts of a column, sorted, without null."""
    return sorted(value for value in pc.unique(column).to_pylist() if value is not None)

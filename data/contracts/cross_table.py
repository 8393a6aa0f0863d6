"""Rules between tables: every row's customer is known, and nothing happens before joining or after leaving.

Customers are compared by 64-bit hashes of their id (16 bytes a customer for the id and the date joined).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.contracts.table_contracts import places, violations_of
from data.contracts.whole_table import Hashes, hashes
from data.violations import Violation, values_text

Times = NDArray[np.int64]

UNKNOWN = "customerID is one of demographics"
TOO_EARLY = "not before the customer joined"
TOO_LATE = "not after the customer left"
TOO_LATE_TO_BILL = "not more than 62 days after the customer left"
DAY = 24 * 3600 * 1_000_000
CLOSING_DAYS = 62
"""A closing bill or a credit note may come so long after leaving."""
NEW_DAYS = 45
"""So long a new customer may have no bill and no month of tickets yet."""
NEVER = np.iinfo(np.int64).max


@dataclass
class Customers:
    """All customers of a base, at least one, sorted by the hash of their id.

    Parameters
    ----------
    ids : ndarray of uint64, (n,)
        Hashes, sorted.
    joined, left : ndarray of int64, (n,)
        Microseconds since 1970-01-01 UTC; `left` is the largest integer for who has not left.
    """

    ids: Hashes
    joined: Times
    left: Times

    @classmethod
    def of(cls, demographics: Iterable[pd.DataFrame]) -> Customers:
        """Collect the customers from all rows of the table demographics."""
        ids, joined = _ids_and_times(demographics)
        ids, first = np.unique(ids, return_index=True)
        return cls(ids, joined[first], np.full(len(ids), NEVER))

    def learn_leaving(self, churn_events: Iterable[pd.DataFrame]) -> None:
        """Record when customers left. Events of unknown customers are skipped here; `broken` reports them."""
        ids, times = _ids_and_times(churn_events)
        known, at = self.find(ids)
        self.left[at[known]] = times[known]

    def find(self, ids: Hashes) -> tuple[NDArray[np.bool_], NDArray[np.intp]]:
        """Return for each hash whether it is known, and its position (any position when unknown)."""
        at = np.minimum(np.searchsorted(self.ids, ids), len(self.ids) - 1)
        return self.ids[at] == ids, at

    def broken(
        self, name: str, frame: pd.DataFrame, ids: Hashes, seen: NDArray[np.bool_]
    ) -> Iterator[Violation]:
        """Yield the violations among a table's rows, and mark in `seen` the customers who have a row.

        Parameters
        ----------
        name : str
            The table's name.
        frame : pandas.DataFrame
            n rows of it.
        ids : ndarray of uint64, (n,)
            Hashes of the rows' customerID.
        seen : ndarray of bool
            One per customer, changed in place.
        """
        known, at = self.find(ids)
        seen[at[known]] = True
        times = microseconds(frame)
        last, too_late = self.left, TOO_LATE
        if name == "billing":
            last, too_late = np.where(last == NEVER, NEVER, last + CLOSING_DAYS * DAY), TOO_LATE_TO_BILL
        for wrong, column, rule in (
            (~known, "customerID", UNKNOWN),
            (known & (times < self.joined[at]), "event_timestamp", TOO_EARLY),
            (known & (times > last[at]), "event_timestamp", too_late),
        ):
            rows = frame[wrong]
            yield from violations_of(rows, places(name, rows), [column], rule)

    def are_new(self, until: datetime) -> NDArray[np.bool_]:
        """Return of each customer whether they joined so lately that no month of theirs has ended."""
        return self.joined > round(until.timestamp() * 1e6) - NEW_DAYS * DAY


def without_rows(
    customers: Customers, seen: NDArray[np.bool_], name: str, demographics: Iterable[pd.DataFrame]
) -> list[Violation]:
    """Return the customers that have no row in the table called `name`, though each must have one."""
    absent = customers.ids[~seen]
    if not len(absent):
        return []
    lost = [frame[np.isin(hashes(frame["customerID"]), absent)] for frame in demographics]
    ids = pd.concat(lost)["customerID"]
    return [
        Violation(name, "customerID", values_text([i]), "every customer has a row from joining on")
        for i in ids
    ]


def microseconds(frame: pd.DataFrame) -> Times:
    """Return the event timestamps as microseconds since 1970-01-01 UTC."""
    naive = frame["event_timestamp"].dt.tz_localize(None)
    return np.asarray(naive, dtype="datetime64[us]").astype(np.int64)


def _ids_and_times(frames: Iterable[pd.DataFrame]) -> tuple[Hashes, Times]:
    pairs: Sequence[tuple[Hashes, Times]] = [
        (hashes(frame["customerID"]), microseconds(frame)) for frame in frames
    ]
    if not pairs:
        return np.empty(0, dtype=np.uint64), np.empty(0, dtype=np.int64)
    return np.concatenate([ids for ids, _ in pairs]), np.concatenate([times for _, times in pairs])

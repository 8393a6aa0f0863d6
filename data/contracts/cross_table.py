"""Rules between tables: every row's customer is known, and nothing happens before joining or after leaving.

A customer who left and came back has several stays: each begins with a row of demographics and ends with one
of churn_events. Customers are compared by 64-bit hashes of their id (24 bytes a stay for id and dates).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.contracts.table_contracts import places, violations_of
from data.contracts.whole_table import Hashes, hashes
from data.violations import Violation, values_text

Times = NDArray[np.int64]

CLOSING_DAYS = 62
"""A closing bill, a credit note or a survey of who left may come so long after leaving."""
UNKNOWN = "customerID is one of demographics"
TOO_EARLY = "not before the customer joined"
RETURNS = "who came back has a row of demographics at the date of the return"
TOO_LATE = f"not after the customer left; {RETURNS}"
TOO_LATE_AT_ALL = f"not more than {CLOSING_DAYS} days after the customer left; {RETURNS}"
TWO_LEAVES = f"a customer leaves once; {RETURNS}, between the two dates"
NOT_LEFT = "a customer comes back after leaving; churn_events has the leave, between the two dates"
OLD_TENURE = "tenure counts from the return on; a closing bill of the former stay is dated before the return"
DAY = 24 * 3600 * 1_000_000
CLOSING = ("billing", "satisfaction")
"""These may come so long after leaving: a closing bill, a credit note, a survey of who left."""
AFTER_LEAVING = ("contacts", "consent")
"""Who left may be called, and may forbid it."""
BEFORE_JOINING = ("consent",)
"""Consent may be given with the order."""
SHORTEST_MONTH = 28
NEW_DAYS = 45
"""So long a new customer may have no bill and no month of tickets yet."""
NEVER = np.iinfo(np.int64).max


@dataclass
class Customers:
    """All stays of a base's customers, at least one, sorted by the hash of the customer's id and by date.

    Parameters
    ----------
    ids : ndarray of uint64, (n,)
        Hashes, sorted. Who came back stands in it once for each stay.
    joined, left : ndarray of int64, (n,)
        When each stay began and ended, in microseconds since 1970-01-01 UTC; `left` is the largest integer
        for a stay that has not ended.
    """

    ids: Hashes
    joined: Times
    left: Times

    @classmethod
    def of(cls, demographics: Iterable[pd.DataFrame], returns: bool = True) -> Customers:
        """Collect the stays from all rows of the table demographics.

        Without `returns`, later rows of a customer begin no stay: a snapshot has one for each of its dates.
        """
        ids, joined = _ids_and_times(demographics)
        order = np.lexsort((joined, ids))
        ids, joined = ids[order], joined[order]
        begins = np.ones(len(ids), dtype=bool)
        begins[1:] = ids[1:] != ids[:-1]
        if returns:
            begins[1:] |= joined[1:] != joined[:-1]
        return cls(ids[begins], joined[begins], np.full(int(begins.sum()), NEVER))

    @cached_property
    def returned(self) -> NDArray[np.bool_]:
        """Of each stay whether the customer was there before."""
        again = np.zeros(len(self.ids), dtype=bool)
        again[1:] = self.ids[1:] == self.ids[:-1]
        return again

    @cached_property
    def most(self) -> int:
        """How many stays a customer has at most."""
        return int(np.bincount(np.cumsum(~self.returned)).max())

    def learn_leaving(self, churn_events: Iterable[pd.DataFrame]) -> None:
        """Record the first leave of each stay. Unknown customers are skipped here; `broken` reports them."""
        ids, times = _ids_and_times(churn_events)
        known, at = self.find(ids, times)
        np.minimum.at(self.left, at[known], times[known])

    def find(self, ids: Hashes, times: Times) -> tuple[NDArray[np.bool_], NDArray[np.intp]]:
        """Return whether each customer is known, and the position of the stay that a time lies in or after.

        Before joining, that is the first stay; of an unknown customer, any position.
        """
        last = len(self.ids) - 1
        first = np.minimum(np.searchsorted(self.ids, ids), last)
        at = first
        for number in range(1, self.most):
            later = np.minimum(first + number, last)
            at = np.where((self.ids[later] == ids) & (self.joined[later] <= times), later, at)
        return self.ids[first] == ids, at

    def broken(
        self, name: str, frame: pd.DataFrame, ids: Hashes, seen: NDArray[np.bool_]
    ) -> Iterator[Violation]:
        """Yield the violations among a table's rows, and mark in `seen` the stays that have a row.

        Parameters
        ----------
        name : str
            The table's name.
        frame : pandas.DataFrame
            n rows of it.
        ids : ndarray of uint64, (n,)
            Hashes of the rows' customerID.
        seen : ndarray of bool
            One per stay, changed in place.
        """
        times = microseconds(frame)
        known, at = self.find(ids, times)
        seen[at[known]] = True
        yield from _violations(name, frame, _Check(~known, "customerID", UNKNOWN))
        early = known & (times < self.joined[at]) & (name not in BEFORE_JOINING)
        yield from _violations(name, frame, _Check(early, "event_timestamp", TOO_EARLY))
        if name == "demographics":
            yield from _violations(name, frame, self._not_left(known, at))
        elif name not in AFTER_LEAVING:
            yield from _violations(name, frame, self._after_leaving(name, times, known, at))
        if name == "billing" and self.most > 1:
            yield from _violations(name, frame, self._tenure(frame, times, known, at))

    def _not_left(self, known: NDArray[np.bool_], at: NDArray[np.intp]) -> _Check:
        former = np.maximum(at - 1, 0)
        still_there = known & self.returned[at] & (self.left[former] == NEVER)
        return _Check(still_there, "event_timestamp", NOT_LEFT, "joined", self.joined[former])

    def _after_leaving(
        self, name: str, times: Times, known: NDArray[np.bool_], at: NDArray[np.intp]
    ) -> _Check:
        left = self.left[at]
        days = CLOSING_DAYS if name in CLOSING else 0
        late = known & (left != NEVER) & (times - days * DAY > left)
        rules = {**dict.fromkeys(CLOSING, TOO_LATE_AT_ALL), "churn_events": TWO_LEAVES}
        rule = rules.get(name, TOO_LATE)
        return _Check(late, "event_timestamp", rule, "left", left)

    def _tenure(
        self, frame: pd.DataFrame, times: Times, known: NDArray[np.bool_], at: NDArray[np.intp]
    ) -> _Check:
        """After a return, that not more months are billed than have begun: no tenure of the former stay."""
        most = (times - self.joined[at]) // (SHORTEST_MONTH * DAY) + 2
        older = known & self.returned[at] & (frame["tenure"].to_numpy(dtype=np.int64) > most)
        return _Check(older, "tenure", OLD_TENURE, "came back", self.joined[at])

    def are_new(self, until: datetime) -> NDArray[np.bool_]:
        """Return of each stay whether it began so lately that no month of it has ended."""
        return self.joined > round(until.timestamp() * 1e6) - NEW_DAYS * DAY


class _Check(NamedTuple):
    """Rows that break a rule, and the column and the date of the stay that a message names."""

    wrong: NDArray[np.bool_]
    column: str
    rule: str
    date: str | None = None
    dates: Times | None = None


def _violations(name: str, frame: pd.DataFrame, check: _Check) -> list[Violation]:
    rows, columns = frame[check.wrong], [check.column]
    if check.date is not None and check.dates is not None:
        rows = rows.assign(**{check.date: _moments(check.dates[check.wrong])})
        columns.append(check.date)
    return violations_of(rows, places(name, rows), columns, check.rule)


def without_rows(
    customers: Customers, seen: NDArray[np.bool_], name: str, demographics: Iterable[pd.DataFrame]
) -> list[Violation]:
    """Return the stays that have no row in the table called `name`, though each must have one."""
    if seen.all():
        return []
    found = []
    for frame in demographics:
        _, at = customers.find(hashes(frame["customerID"]), microseconds(frame))
        for customer, stay in zip(frame["customerID"][~seen[at]], at[~seen[at]], strict=True):
            since = f"{_moments(customers.joined[stay : stay + 1])[0]:%Y-%m-%d}"
            begin = f"coming back on {since}" if customers.returned[stay] else "joining"
            rule = f"every customer has a row from {begin} on"
            found.append(Violation(name, "customerID", values_text([customer]), rule))
    return found


def microseconds(frame: pd.DataFrame) -> Times:
    """Return the event timestamps as microseconds since 1970-01-01 UTC."""
    naive = frame["event_timestamp"].dt.tz_localize(None)
    return np.asarray(naive, dtype="datetime64[us]").astype(np.int64)


def _moments(times: Times) -> pd.DatetimeIndex:
    return pd.to_datetime(times, unit="us", utc=True)


def _ids_and_times(frames: Iterable[pd.DataFrame]) -> tuple[Hashes, Times]:
    pairs: Sequence[tuple[Hashes, Times]] = [
        (hashes(frame["customerID"]), microseconds(frame)) for frame in frames
    ]
    if not pairs:
        return np.empty(0, dtype=np.uint64), np.empty(0, dtype=np.int64)
    return np.concatenate([ids for ids, _ in pairs]), np.concatenate([times for _, times in pairs])

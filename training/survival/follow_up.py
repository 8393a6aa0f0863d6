"""Who was followed from which observation date, and in which month after it they left.

Everybody enters at an observation date at which they were customers already (landmarking: van Houwelingen
2007, "Dynamic prediction by landmarking in event history analysis", Scandinavian Journal of Statistics 34).
So nobody is followed in months in which they had to be there to be seen.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields

import numpy as np
import pandas as pd

from serving.model.customers import hashes
from training.dataset.history import VOLUNTARY, History
from training.dataset.split import Splits


@dataclass(frozen=True)
class FollowUp:
    """Customers at observation dates, and what became of them.

    Months are counted from the observation date: month 1 of 2026-01-01 ends on 2026-02-01, 00:00 UTC.

    Attributes
    ----------
    customers : ndarray of str, (n,)
    dates : ndarray of datetime64, (n,)
        Observation dates, UTC.
    seen : ndarray of int, (n,)
        Whole months between the observation date and the end of the lake.
    left : ndarray of int, (n,)
        Month of leaving, 0 for who did not leave in the months seen.
    voluntary : ndarray of bool, (n,)
        Whether the customer decided to leave; False for who did not leave.
    """

    customers: np.ndarray
    dates: np.ndarray
    seen: np.ndarray
    left: np.ndarray
    voluntary: np.ndarray

    def __len__(self) -> int:
        return len(self.customers)

    @property
    def followed(self) -> np.ndarray:
        """Months in which each customer was there at the beginning and seen until the end, (n,)."""
        return np.where(self.left > 0, self.left, self.seen)

    def take(self, rows: np.ndarray) -> FollowUp:
        """Some of the rows, by position or mask."""
        return FollowUp(*(getattr(self, field.name)[rows] for field in fields(self)))

    def until(self, months: np.ndarray) -> FollowUp:
        """The same rows as they would be seen for at most so many months, (n,)."""
        inside = (self.left > 0) & (self.left <= months)
        return FollowUp(
            self.customers,
            self.dates,
            np.minimum(self.seen, months),
            np.where(inside, self.left, 0),
            self.voluntary & inside,
        )


def unseen_customers(history: History, keys: pd.DataFrame, splits: Splits) -> np.ndarray:
    """Customers whom the champion has not seen, and who were not chosen by how long they stayed.

    The untouched part, and as large a share, by a hash, of the customers without a row in the dataset. Most
    of those left before its first date. Without them nobody would ever have left in the months before it.

    Parameters
    ----------
    history : History
    keys : DataFrame, columns customerID and event_timestamp
        Rows of the dataset.
    splits : Splits
        Of the dataset.
    """
    names = keys["customerID"]
    everybody = history.joined["customerID"].drop_duplicates()
    others = everybody[~everybody.isin(names)].to_numpy()
    parts = splits.customers
    drawn = hashes(others, key=str(parts.seed)) < np.uint64(parts.test_share * 2.0**64)
    return np.concatenate([names.iloc[splits.holdout.test].unique(), others[drawn]])


def follow(history: History, dates: Sequence[pd.Timestamp], customers: Collection[str]) -> FollowUp:
    """Follow customers from every date at which they were customers to their leaving or the lake's end.

    Parameters
    ----------
    history : History
        Dated.
    dates : sequence of Timestamp
        Observation dates, UTC.
    customers : collection of str
        Whom to follow.
    """
    parts = [_from(history, date, customers) for date in dates]
    return FollowUp(
        *(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(FollowUp))
    )


def whole_months(start: pd.Timestamp, end: pd.Timestamp) -> list[pd.Timestamp]:
    """The ends of the months that begin at ``start`` and are over at ``end``."""
    most = (end.year - start.year) * 12 + end.month - start.month
    months = [start + pd.DateOffset(months=number) for number in range(1, most + 1)]
    return [month for month in months if month <= end]


def _from(history: History, date: pd.Timestamp, customers: Collection[str]) -> FollowUp:
    stays = history.stays[history.stays["customerID"].isin(customers)]
    known = stays[(stays[["event_timestamp", "created_timestamp"]] <= date).all(axis=1)]
    latest = known.sort_values("event_timestamp").drop_duplicates("customerID", keep="last")
    there = latest[latest["left"].isna() | (latest["left"] > date)].sort_values("customerID")
    ends = pd.DatetimeIndex(whole_months(date, history.data_until)).as_unit("us")
    # Who left after the last whole month is still there as far as is seen.
    month = np.searchsorted(ends, pd.DatetimeIndex(there["left"]).as_unit("us"), side="left") + 1
    left = np.where(there["left"].isna() | (month > len(ends)), 0, month)
    return FollowUp(
        there["customerID"].to_numpy(),
        np.full(len(there), date.tz_convert(None).to_datetime64()),
        np.full(len(there), len(ends)),
        left,
        (left > 0) & there["reason"].eq(VOLUNTARY).to_numpy(),
    )

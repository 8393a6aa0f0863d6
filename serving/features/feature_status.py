"""What the online store knows of a customer, and how far each feature can be trusted.

Feast does not enforce TTLs online, and its stores disagree about unknown keys, so the status of a feature is
worked out here, from its value, its view's event timestamp and the TTL, and in the same way for every store.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache, partial
from types import MappingProxyType
from typing import Any, NamedTuple

from serving.model.signature import Signature

FeatureValue = str | int | float
# One customer as a store holds it: values in the signature's order, and for each of its views the event
# timestamp in microseconds since 1970 UTC, None where there is no row.
RawRow = tuple[Sequence[Any], tuple[int | None, ...]]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
_KEPT = 16_384
"""Combinations of moments that are kept for each model; one takes about 700 bytes."""
_KEPT_MOMENTS = 65_536
"""Moments that are kept; one takes about 250 bytes, and a base has fewer than it has customers."""


class Status(StrEnum):
    """How far a feature can be trusted.

    PRESENT: a value, within the TTL. NULL: a row within the TTL, without a value. NOT_FOUND: the store has no
    row of that view for the customer. EXPIRED: the row is older than the view's TTL.
    """

    PRESENT = "PRESENT"
    NULL = "NULL"
    NOT_FOUND = "NOT_FOUND"
    EXPIRED = "EXPIRED"


_NOTHING: Mapping[str, Status] = MappingProxyType({})


@dataclass(frozen=True, eq=False, slots=True)
class ViewMoments:
    """When the rows of the views became true; customers whose rows are of the same moments share one.

    Attributes
    ----------
    moments : mapping of str to datetime or None
        Event timestamp of each view, UTC, also where the row has expired; None where there is no row.
    stale : frozenset of str
        Views whose row is older than their TTL.
    good_until : float
        The last moment, in microseconds since 1970 UTC, at which every view has a row within its TTL;
        -inf where there is none.
    """

    moments: Mapping[str, datetime | None]
    stale: frozenset[str]
    good_until: float

    @property
    def known(self) -> bool:
        """Whether any view has a row."""
        return self.good_until > -math.inf or any(moment is not None for moment in self.moments.values())


class CustomerFeatures(NamedTuple):
    """The features of one customer, in the order of the signature.

    Parameters
    ----------
    customer_id : str
        As it was asked for.
    names : tuple of str
        The signature's.
    row : sequence of str, int, float or None
        Value of each feature; None unless its status is PRESENT, as in a point-in-time join, where an expired
        row is no row.
    odd : mapping of str to Status
        Status of each feature that is not PRESENT.
    views : ViewMoments
    """

    customer_id: str
    names: tuple[str, ...]
    row: Sequence[FeatureValue | None]
    odd: Mapping[str, Status]
    views: ViewMoments

    @property
    def values(self) -> dict[str, FeatureValue | None]:
        """Value of each feature, by name."""
        return dict(zip(self.names, self.row, strict=True))

    @property
    def statuses(self) -> dict[str, Status]:
        """Status of each feature."""
        return {name: self.odd.get(name, Status.PRESENT) for name in self.names}

    @property
    def event_timestamps(self) -> Mapping[str, datetime | None]:
        """When each view's row became true, UTC, also where it has expired; None where there is no row."""
        return self.views.moments

    @property
    def known(self) -> bool:
        """Whether the store holds any row of the customer."""
        return self.views.known

    def having(self, status: Status) -> list[str]:
        """Features of a status other than PRESENT."""
        return [name for name, its in self.odd.items() if its is status]


class StatusRules:
    """Turns raw rows into `CustomerFeatures`.

    Parameters
    ----------
    signature : Signature
        Names, views and TTLs.
    """

    def __init__(self, signature: Signature) -> None:
        self._names = signature.names
        self._ttls = tuple(signature.ttl_seconds[view] * 1_000_000 or math.inf for view in signature.views)
        self._at = [
            [at for at, feature in enumerate(signature.features) if feature.view == view]
            for view in signature.views
        ]
        self._views = lru_cache(_KEPT)(partial(_view_moments, signature.views, self._ttls))

    def judge(self, customer_ids: Sequence[str], rows: Sequence[RawRow], now: int) -> list[CustomerFeatures]:
        """Judge customers, in order.

        Parameters
        ----------
        customer_ids : sequence of str
        rows : sequence of (values, events)
            Of each customer: native values in the signature's order, None where there is none; and the event
            timestamp of each view, microseconds since 1970 UTC, None for no row.
        now : int
            Microseconds since 1970 UTC at which the features are used.
        """
        names, views_of = self._names, self._views
        return [
            CustomerFeatures(customer, names, row, _NOTHING, views)
            if now <= (views := views_of(events)).good_until and None not in row
            else self._judge_odd(customer, list(row), events, now)
            for customer, (row, events) in zip(customer_ids, rows, strict=True)
        ]

    def _judge_odd(
        self, customer_id: str, row: list[Any], events: tuple[int | None, ...], now: int
    ) -> CustomerFeatures:
        odd = {self._names[at]: Status.NULL for at, value in enumerate(row) if value is None}
        stale = []
        for position, (event, ttl) in enumerate(zip(events, self._ttls, strict=True)):
            if event is None or now - event > ttl:
                for at in self._at[position]:
                    row[at] = None
                    odd[self._names[at]] = Status.NOT_FOUND if event is None else Status.EXPIRED
                stale += [position] if event is not None else []
        return CustomerFeatures(customer_id, self._names, row, odd, self._views(events, tuple(stale)))


def _view_moments(
    names: Sequence[str],
    ttls: Sequence[float],
    events: tuple[int | None, ...],
    stale: tuple[int, ...] = (),
) -> ViewMoments:
    ends = [-math.inf if event is None else event + ttl for event, ttl in zip(events, ttls, strict=True)]
    moments = dict(zip(names, map(_moment, events), strict=True))
    return ViewMoments(moments, frozenset(names[at] for at in stale), min(ends, default=-math.inf))


@lru_cache(_KEPT_MOMENTS)
def _moment(event: int | None) -> datetime | None:
    return None if event is None else EPOCH + event * MICROSECOND


def micros(moment: datetime) -> int:
    """Microseconds since 1970-01-01 00:00 UTC of a moment with a time zone."""
    return (moment - EPOCH) // MICROSECOND

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
from typing import Any, NamedTuple

from serving.model.signature import FeatureSpec, Signature

FeatureValue = str | int | float
# One customer as a store holds it: values in the signature's order, and for each of its views the event
# timestamp in microseconds since 1970 UTC, None where there is no row.
RawRow = tuple[Sequence[Any], tuple[int | None, ...]]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
_SHARED = 16_384
"""Combinations of moments and missing values that are kept for each model; one takes about 1 kB."""


class Status(StrEnum):
    """How far a feature can be trusted.

    PRESENT: a value, within the TTL. NULL: a row within the TTL, without a value. NOT_FOUND: the store has no
    row of that view for the customer. EXPIRED: the row is older than the view's TTL.
    """

    PRESENT = "PRESENT"
    NULL = "NULL"
    NOT_FOUND = "NOT_FOUND"
    EXPIRED = "EXPIRED"


@dataclass(frozen=True, eq=False)
class Statuses:
    """The statuses of a customer's features, and the moments of its views.

    Customers of whom the same holds share one.

    Attributes
    ----------
    odd : mapping of str to Status
        Status of each feature that is not PRESENT.
    moments : mapping of str to datetime or None
        Event timestamp of each view, UTC, also where the row has expired; None where there is no row.
    stale : frozenset of str
        Views whose row is older than their TTL.
    good_until : float
        The last moment, in microseconds since 1970 UTC, at which every view has a row within its TTL; -inf
        where one has none.
    """

    odd: Mapping[str, Status]
    moments: Mapping[str, datetime | None]
    stale: frozenset[str]
    good_until: float

    @property
    def known(self) -> bool:
        """Whether any view has a row."""
        return any(moment is not None for moment in self.moments.values())

    def having(self, status: Status) -> list[str]:
        """Features of a status other than PRESENT."""
        return [name for name, its in self.odd.items() if its is status]


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
    statuses : Statuses
    """

    customer_id: str
    names: tuple[str, ...]
    row: Sequence[FeatureValue | None]
    statuses: Statuses

    @property
    def values(self) -> dict[str, FeatureValue | None]:
        """Value of each feature, by name."""
        return dict(zip(self.names, self.row, strict=True))

    def status(self, name: str) -> Status:
        """Status of a feature."""
        return self.statuses.odd.get(name, Status.PRESENT)


class StatusRules:
    """Turns raw rows into `CustomerFeatures`.

    Parameters
    ----------
    signature : Signature
        Names, views and TTLs.
    """

    def __init__(self, signature: Signature) -> None:
        self._names = signature.names
        self._ttls: dict[str, float] = {  # microseconds; the TTL 0 is for ever
            view: signature.ttl_seconds[view] * 1_000_000 or math.inf for view in signature.views
        }
        self._shared = lru_cache(_SHARED)(partial(_statuses, signature.features, self._ttls))
        self._at = {
            view: [at for at, feature in enumerate(signature.features) if feature.view == view]
            for view in signature.views
        }

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
        names, shared = self._names, self._shared
        return [
            CustomerFeatures(customer, names, row, statuses)
            if None not in row and now <= (statuses := shared(events)).good_until
            else self._judge_odd(customer, row, events, now)
            for customer, (row, events) in zip(customer_ids, rows, strict=True)
        ]

    def _judge_odd(
        self, customer_id: str, row: Sequence[Any], events: tuple[int | None, ...], now: int
    ) -> CustomerFeatures:
        nulls = tuple([at for at, value in enumerate(row) if value is None])
        statuses = self._shared(events, nulls)
        if now > statuses.good_until:
            missing = {view for view, event in zip(self._ttls, events, strict=True) if event is None}
            stale = frozenset(
                view
                for (view, ttl), event in zip(self._ttls.items(), events, strict=True)
                if event is not None and now - event > ttl
            )
            gone = {at for view in missing | stale for at in self._at[view]}
            row = [None if at in gone else value for at, value in enumerate(row)]
            statuses = self._shared(events, nulls, stale)
        return CustomerFeatures(customer_id, self._names, row, statuses)


def _statuses(
    features: Sequence[FeatureSpec],
    ttls: Mapping[str, float],
    events: tuple[int | None, ...],
    nulls: tuple[int, ...] = (),
    stale: frozenset[str] = frozenset(),
) -> Statuses:
    moment_of = dict(zip(ttls, events, strict=True))
    odd = {}
    for at, feature in enumerate(features):
        if moment_of[feature.view] is None:
            odd[feature.name] = Status.NOT_FOUND
        elif feature.view in stale:
            odd[feature.name] = Status.EXPIRED
        elif at in nulls:
            odd[feature.name] = Status.NULL
    ends = [
        -math.inf if event is None else event + ttl for event, ttl in zip(events, ttls.values(), strict=True)
    ]
    moments = {
        view: None if event is None else EPOCH + event * MICROSECOND for view, event in moment_of.items()
    }
    return Statuses(odd, moments, stale, min(ends, default=math.inf))


def micros(moment: datetime) -> int:
    """Microseconds since 1970-01-01 00:00 UTC of a moment with a time zone."""
    return (moment - EPOCH) // MICROSECOND

"""What the online store knows of a customer, and how far each feature can be trusted.

Feast does not enforce TTLs online, and its stores disagree about unknown keys, so the status of a feature is
worked out here, from its value, its view's event timestamp and the TTL, and in the same way for every store.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple

from serving.model.signature import Signature

FeatureValue = str | int | float
# One customer as a store holds it: values in the signature's order, and for each of its views the event
# timestamp in microseconds since 1970 UTC, None where there is no row.
RawRow = tuple[Sequence[Any], Sequence[int | None]]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


class Status(StrEnum):
    """How far a feature can be trusted.

    PRESENT: a value, within the TTL. NULL: a row within the TTL, without a value. NOT_FOUND: the store has no
    row of that view for the customer. EXPIRED: the row is older than the view's TTL.
    """

    PRESENT = "PRESENT"
    NULL = "NULL"
    NOT_FOUND = "NOT_FOUND"
    EXPIRED = "EXPIRED"


class CustomerFeatures(NamedTuple):
    """The features of one customer, in the order of the signature.

    Parameters
    ----------
    customer_id : str
        As it was asked for.
    values : dict of str to str, int, float or None
        Value of each feature; None unless its status is PRESENT, as in a point-in-time join, where an expired
        row is no row.
    odd : dict of str to Status
        Status of each feature that is not PRESENT.
    event_timestamps : dict of str to datetime or None
        When each view's row became true, UTC, also where it has expired; None where there is no row.
    """

    customer_id: str
    values: dict[str, FeatureValue | None]
    odd: dict[str, Status]
    event_timestamps: dict[str, datetime | None]

    @property
    def statuses(self) -> dict[str, Status]:
        """Status of each feature."""
        return {name: self.odd.get(name, Status.PRESENT) for name in self.values}

    @property
    def known(self) -> bool:
        """Whether the store holds any row of the customer."""
        return any(moment is not None for moment in self.event_timestamps.values())

    @property
    def expired(self) -> tuple[str, ...]:
        """Features whose rows are older than their view's TTL."""
        return tuple(name for name, status in self.odd.items() if status is Status.EXPIRED)


class StatusRules:
    """Turns raw rows into `CustomerFeatures`.

    Parameters
    ----------
    signature : Signature
        Names, views and TTLs.
    """

    def __init__(self, signature: Signature) -> None:
        self._names = signature.names
        self._views = signature.views
        self._ttls = tuple(signature.ttl_seconds[view] * 1_000_000 or math.inf for view in self._views)
        self._names_of = [[f.name for f in signature.features if f.view == view] for view in self._views]

    def judge(
        self, customer_id: str, values: Sequence[Any], events: Sequence[int | None], now: int
    ) -> CustomerFeatures:
        """Judge one customer.

        Parameters
        ----------
        customer_id : str
            The customer.
        values : sequence
            Native values in the signature's order; None where there is none.
        events : sequence of int or None
            Event timestamp of each of its views, microseconds since 1970 UTC; None for no row.
        now : int
            Microseconds since 1970 UTC at which the features are used.
        """
        held = dict(zip(self._names, values))  # noqa: B905  # a check for each of thousands of rows
        odd: dict[str, Status] = {}
        if None in values:
            odd = {name: Status.NULL for name, value in held.items() if value is None}
        for position, (event, ttl) in enumerate(zip(events, self._ttls)):  # noqa: B905  # as above
            if event is None or now - event > ttl:
                unusable = self._names_of[position]
                held.update(dict.fromkeys(unusable))
                status = Status.NOT_FOUND if event is None else Status.EXPIRED
                odd.update(dict.fromkeys(unusable, status))
        moments = dict(zip(self._views, map(_moment, events)))  # noqa: B905  # as above
        return CustomerFeatures(customer_id, held, odd, moments)


def micros(moment: datetime) -> int:
    """Microseconds since 1970-01-01 00:00 UTC of a moment with a time zone."""
    return (moment - EPOCH) // MICROSECOND


@lru_cache(maxsize=65_536)  # rows share the moments at which their views were written
def _moment(event: int | None) -> datetime | None:
    return None if event is None else EPOCH + event * MICROSECOND

"""What the online store knows of a customer, and how far each feature can be trusted.

Feast does not enforce TTLs online, and its stores disagree about unknown keys, so the status of a feature is
worked out here, from its value, its view's event timestamp and the TTL, and in the same way for every store.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

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


@dataclass(frozen=True, slots=True)
class CustomerFeatures:
    """The features of one customer, in the order of the signature.

    Parameters
    ----------
    customer_id : str
        As it was asked for.
    values : dict of str to str, int, float or None
        Value of each feature; None unless its status is PRESENT, as in a point-in-time join, where an expired
        row is no row.
    statuses : dict of str to Status
        Status of each feature.
    event_timestamps : dict of str to datetime or None
        When each view's row became true, UTC, also where it has expired; None where there is no row.
    """

    customer_id: str
    values: dict[str, FeatureValue | None]
    statuses: dict[str, Status]
    event_timestamps: dict[str, datetime | None]

    @property
    def known(self) -> bool:
        """Whether the store holds any row of the customer."""
        return any(moment is not None for moment in self.event_timestamps.values())

    @property
    def expired(self) -> tuple[str, ...]:
        """Features whose rows are older than their view's TTL."""
        return tuple(name for name, status in self.statuses.items() if status is Status.EXPIRED)


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
        self._ttls = tuple(signature.ttl_seconds[view] * 1_000_000 for view in self._views)
        self._view_of = {feature.name: self._views.index(feature.view) for feature in signature.features}
        self._present = dict.fromkeys(self._names, Status.PRESENT)

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
        moments = [None if event is None else EPOCH + event * MICROSECOND for event in events]
        held = dict(zip(self._names, values, strict=True))
        statuses = self._present.copy()
        rows = [_row_status(event, ttl, now) for event, ttl in zip(events, self._ttls, strict=True)]
        if None in values or any(rows):
            self._correct(held, statuses, rows)
        return CustomerFeatures(customer_id, held, statuses, dict(zip(self._views, moments, strict=True)))

    def _correct(
        self, values: dict[str, Any], statuses: dict[str, Status], rows: Sequence[Status | None]
    ) -> None:
        for name, view in self._view_of.items():
            row = rows[view]
            if row is not None:
                values[name], statuses[name] = None, row
            elif values[name] is None:
                statuses[name] = Status.NULL


def micros(moment: datetime) -> int:
    """Microseconds since 1970-01-01 00:00 UTC of a moment with a time zone."""
    return (moment - EPOCH) // MICROSECOND


def _row_status(event: int | None, ttl: int, now: int) -> Status | None:
    if event is None:
        return Status.NOT_FOUND
    return Status.EXPIRED if ttl and now - event > ttl else None

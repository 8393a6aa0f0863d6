"""What the online store knows of a customer, and how far each feature can be trusted.

Feast does not enforce TTLs online, and its stores disagree about unknown keys, so the status of a feature is
worked out here, from its value, its view's event timestamp and the TTL, and in the same way for every store.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple, overload

from serving.errors import StoreError
from serving.features.raw_columns import RawColumns
from serving.model.signature import Signature

FeatureValue = str | int | float
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


class Statuses(NamedTuple):
    """The statuses of a customer's features, and the moments of its views.

    Attributes
    ----------
    events : mapping of str to int or None
        Event timestamp of each view, in microseconds since 1970 UTC, also where the row has expired; None
        where there is no row.
    not_present : mapping of str to Status
        Status of each feature that is not PRESENT.
    stale : sequence of str
        Views whose row is older than their TTL.
    """

    events: Mapping[str, int | None]
    not_present: Mapping[str, Status]
    stale: Sequence[str]

    @property
    def known(self) -> bool:
        """Whether any view has a row."""
        return any(event is not None for event in self.events.values())

    def having(self, status: Status) -> list[str]:
        """Features of a status other than PRESENT."""
        return [name for name, its in self.not_present.items() if its is status]


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
        return self.statuses.not_present.get(name, Status.PRESENT)


@dataclass(eq=False)
class FeatureColumns(Sequence[CustomerFeatures]):
    """The features of customers, feature by feature; as a sequence, customer by customer.

    Parameters
    ----------
    customer_ids : sequence of str
        In the order in which they were asked for.
    names : tuple of str
        The signature's.
    columns : sequence of sequences
        Of each feature, the value of each customer; None unless its status is PRESENT.
    events : mapping of str to sequence of int or None
        Of each view, the event timestamp of each customer, as in `Statuses`.
    exceptions : mapping of int to Statuses
        Those of each customer, by place, of whom not every feature is PRESENT.
    """

    customer_ids: Sequence[str]
    names: tuple[str, ...]
    columns: Sequence[Sequence[FeatureValue | None]]
    events: Mapping[str, Sequence[int | None]]
    exceptions: Mapping[int, Statuses]

    def __len__(self) -> int:
        return len(self.customer_ids)

    @overload
    def __getitem__(self, at: int) -> CustomerFeatures: ...
    @overload
    def __getitem__(self, at: slice) -> list[CustomerFeatures]: ...
    def __getitem__(self, at: int | slice) -> CustomerFeatures | list[CustomerFeatures]:
        if isinstance(at, slice):
            return list(self)[at]
        row = tuple([column[at] for column in self.columns])
        return CustomerFeatures(self.customer_ids[at], self.names, row, self._statuses(at % len(self)))

    def __iter__(self) -> Iterator[CustomerFeatures]:
        for at, (customer, row) in enumerate(
            zip(self.customer_ids, zip(*self.columns, strict=True), strict=True)
        ):
            yield CustomerFeatures(customer, self.names, row, self._statuses(at))

    def without(self, customer_ids: Collection[str]) -> FeatureColumns:
        """The same, but for some customers."""
        if not customer_ids:
            return self
        kept = [at for at, customer in enumerate(self.customer_ids) if customer not in customer_ids]
        return FeatureColumns(
            [self.customer_ids[at] for at in kept],
            self.names,
            [[column[at] for at in kept] for column in self.columns],
            {view: [events[at] for at in kept] for view, events in self.events.items()},
            {place: self.exceptions[at] for place, at in enumerate(kept) if at in self.exceptions},
        )

    def _statuses(self, at: int) -> Statuses:
        own = self.exceptions.get(at)
        return own or Statuses({view: events[at] for view, events in self.events.items()}, {}, ())


class StatusRules:
    """Turns what a store holds into what may be used of it.

    Parameters
    ----------
    signature : Signature
        Names, views and TTLs.
    """

    def __init__(self, signature: Signature) -> None:
        self._features = signature.features
        self._names = signature.names
        self._ttls: dict[str, float] = {  # microseconds; the TTL 0 is for ever
            view: signature.ttl_seconds[view] * 1_000_000 or math.inf for view in signature.views
        }

    def judge(self, customer_ids: Sequence[str], raw: RawColumns, now: int) -> FeatureColumns:
        """Judge customers.

        Parameters
        ----------
        customer_ids : sequence of str
        raw : RawColumns
            What the store holds of them, in the same order.
        now : int
            Microseconds since 1970 UTC at which the features are used.
        """
        columns, exceptions = raw.values, {}
        oldest = {view: now - ttl for view, ttl in self._ttls.items()}
        if customer_ids and not _all_present(raw, oldest):
            rows = list(zip(*columns, strict=True))
            for at, (row, events) in enumerate(zip(rows, zip(*raw.events, strict=True), strict=True)):
                if None not in row and _fresh(events, oldest):
                    continue
                event_of = dict(zip(self._ttls, events, strict=True))
                exceptions[at] = statuses = self._statuses(row, event_of, oldest)
                rows[at] = tuple(
                    None if name in statuses.not_present else value
                    for name, value in zip(self._names, row, strict=True)
                )
            columns = list(zip(*rows, strict=True))
        events_of = dict(zip(self._ttls, raw.events, strict=bool(customer_ids)))
        return FeatureColumns(customer_ids, self._names, columns, events_of, exceptions)

    def _statuses(
        self, row: Sequence[Any], events: Mapping[str, int | None], oldest: Mapping[str, float]
    ) -> Statuses:
        stale = [view for view, event in events.items() if event is not None and event < oldest[view]]
        not_present = {}
        for feature, value in zip(self._features, row, strict=True):
            if events[feature.view] is None:
                not_present[feature.name] = Status.NOT_FOUND
            elif feature.view in stale:
                not_present[feature.name] = Status.EXPIRED
            elif value is None:
                not_present[feature.name] = Status.NULL
        return Statuses(events, not_present, stale)


def _all_present(raw: RawColumns, oldest: Mapping[str, float]) -> bool:
    """Whether every feature of everybody is PRESENT; False may be a mere doubt.

    Joining texts and adding numbers raise TypeError at a None, several times as fast as a search finds one.
    """
    try:
        if not _fresh(map(min, raw.events), oldest):  # type: ignore[arg-type]  # None is what it looks for
            return False
        for column in raw.values:
            "".join(column) if isinstance(column[0], str) else sum(column)
    except TypeError:
        return False
    return True


def _fresh(events: Iterable[int | None], oldest: Mapping[str, float]) -> bool:
    """Whether every view has a row that is not older than may be."""
    pairs = zip(events, oldest.values(), strict=True)
    return all(event is not None and event >= least for event, least in pairs)


def moment_of(event: int | None) -> datetime | None:
    """A number of microseconds since 1970-01-01 00:00 UTC as a moment in UTC.

    Raises
    ------
    StoreError
        It is in no year that there is: what gave it is damaged.
    """
    try:
        return None if event is None else EPOCH + event * MICROSECOND
    except OverflowError as error:
        raise StoreError(
            f"The online store holds the event timestamp {event}, which is in no year; "
            "run `feast -c feature_repo teardown`, `feast -c feature_repo apply` and materialize."
        ) from error


def micros(moment: datetime) -> int:
    """Microseconds since 1970-01-01 00:00 UTC of a moment with a time zone."""
    return (moment - EPOCH) // MICROSECOND

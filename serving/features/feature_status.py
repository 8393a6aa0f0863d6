"""The features of a customer, and the status of each: present, null, not found or expired.

Feast does not enforce TTLs online, and its stores disagree about unknown keys. So the status of a feature is
computed here, in the same way for every store, from its value, its view's event timestamp and the TTL.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple, overload

from feature_repo.lake import AHEAD
from serving.errors import StoreError
from serving.features.raw_columns import RawColumns, RawRow
from serving.model.signature import Signature
from serving.model.unknown_share import unknown_share

FeatureValue = str | int | float
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
_AHEAD = AHEAD // MICROSECOND


class Status(StrEnum):
    """How far a feature can be trusted.

    PRESENT: a value, within the TTL. NULL: a row within the TTL, without a value. NOT_FOUND: the store has no
    row of that view for the customer, or one of the future, which a point-in-time join does not see either.
    EXPIRED: the row is older than the view's TTL.
    """

    PRESENT = "PRESENT"
    NULL = "NULL"
    NOT_FOUND = "NOT_FOUND"
    EXPIRED = "EXPIRED"


class Statuses(NamedTuple):
    """The statuses of a customer's features, and the event timestamps of its views.

    Attributes
    ----------
    events : mapping of str to int or None
        Event timestamp of each view, in microseconds since 1970 UTC, also where the row has expired or is of
        the future; None where there is no row.
    not_present : mapping of str to Status
        Status of each feature that is not PRESENT.
    stale : sequence of str
        Views whose row is older than their TTL.
    future : sequence of str
        Views whose row is dated in the future.
    unknown_share : float or None
        Share of the model's weight that features have that are not PRESENT, 0 to 1; None if it is not known.
    """

    events: Mapping[str, int | None]
    not_present: Mapping[str, Status]
    stale: Sequence[str] = ()
    future: Sequence[str] = ()
    unknown_share: float | None = 0.0

    @property
    def known(self) -> bool:
        """Whether any view has a row that is not of the future."""
        return any(event is not None and view not in self.future for view, event in self.events.items())

    def having(self, status: Status) -> list[str]:
        """Features of a status other than PRESENT."""
        return [name for name, its in self.not_present.items() if its is status]


class CustomerFeatures(NamedTuple):
    """The features of one customer, in the order of the signature.

    Parameters
    ----------
    customer_id : str
        As in the request.
    names : tuple of str
        Names of the signature's features.
    row : sequence of str, int, float or None
        Value of each feature; None unless its status is PRESENT, as in a point-in-time join, which does not
        use an expired row either.
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
    """The features of several customers, stored by feature; as a sequence, it yields the customers.

    Parameters
    ----------
    customer_ids : sequence of str
        In the order in which they were asked for.
    names : tuple of str
        Names of the signature's features.
    columns : sequence of sequences
        One sequence per feature, with each customer's value; None unless its status is PRESENT.
    events : mapping of str to sequence of int or None
        By view, the event timestamp of each customer, as in `Statuses`.
    exceptions : mapping of int to Statuses
        By position, the statuses of each customer that has a feature that is not PRESENT.
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
        """The same without some customers."""
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
        return own or Statuses({view: events[at] for view, events in self.events.items()}, {})


class StatusRules:
    """Finds the status of stored values, and removes those that must not be used.

    Parameters
    ----------
    signature : Signature
        Names, views and TTLs.
    """

    def __init__(self, signature: Signature) -> None:
        self._signature = signature
        self._features = signature.features
        self._names = signature.names
        self._ttls: dict[str, float] = {  # microseconds; the TTL 0 is for ever
            view: signature.ttl_seconds[view] * 1_000_000 or math.inf for view in signature.views
        }

    def judge(self, customer_ids: Sequence[str], raw: RawColumns, now: int) -> FeatureColumns:
        """Find the status of every feature of some customers.

        Parameters
        ----------
        customer_ids : sequence of str
        raw : RawColumns
            What the store holds of them, in the same order.
        now : int
            Moment at which the features are used, in microseconds since 1970 UTC.
        """
        columns, exceptions = raw.values, {}
        oldest, newest = self._bounds(now)
        if customer_ids and not _all_present(raw, oldest, newest):
            rows = list(zip(*columns, strict=True))
            for at, (row, events) in enumerate(zip(rows, zip(*raw.events, strict=True), strict=True)):
                if None in row or not _fresh(events, oldest, newest):
                    rows[at], exceptions[at] = self._without(row, events, oldest, newest)
            columns = list(zip(*rows, strict=True))
        events_of = dict(zip(self._ttls, raw.events, strict=bool(customer_ids)))
        return FeatureColumns(customer_ids, self._names, columns, events_of, exceptions)

    def judge_one(self, customer_id: str, raw: RawRow, now: int) -> CustomerFeatures:
        """Like `judge`, for one customer."""
        row, events = raw
        oldest, newest = self._bounds(now)
        if None in row or not _fresh(events, oldest, newest):
            row, statuses = self._without(row, events, oldest, newest)
        else:
            statuses = Statuses(dict(zip(self._ttls, events, strict=True)), {})
        return CustomerFeatures(customer_id, self._names, row, statuses)

    def _bounds(self, now: int) -> tuple[dict[str, float], int]:
        """Oldest event of each view, and newest of all, that are used now."""
        return {view: now - ttl for view, ttl in self._ttls.items()}, now + _AHEAD

    def _without(
        self, row: Sequence[Any], events: Sequence[int | None], oldest: Mapping[str, float], newest: int
    ) -> tuple[tuple[Any, ...], Statuses]:
        """A row without the values that must not be used, and its statuses."""
        statuses = self._statuses(row, dict(zip(self._ttls, events, strict=True)), oldest, newest)
        lacking = statuses.not_present
        named = zip(self._names, row, strict=True)
        return tuple([None if name in lacking else value for name, value in named]), statuses

    def _statuses(
        self, row: Sequence[Any], events: Mapping[str, int | None], oldest: Mapping[str, float], newest: int
    ) -> Statuses:
        stale = [view for view, event in events.items() if event is not None and event < oldest[view]]
        absent = [view for view, event in events.items() if event is None or event > newest]
        future = [view for view in absent if events[view] is not None]
        not_present = {}
        for feature, value in zip(self._features, row, strict=True):
            if feature.view in absent:
                not_present[feature.name] = Status.NOT_FOUND
            elif feature.view in stale:
                not_present[feature.name] = Status.EXPIRED
            elif value is None:
                not_present[feature.name] = Status.NULL
        return Statuses(events, not_present, stale, future, unknown_share(self._signature, not_present))


def _all_present(raw: RawColumns, oldest: Mapping[str, float], newest: int) -> bool:
    """Whether every feature of every customer is PRESENT; False only means that it may not be.

    Joining texts and adding numbers raise TypeError at a None, several times faster than a search finds it.
    """
    try:
        if not _fresh(map(min, raw.events), oldest, newest):  # type: ignore[arg-type]  # a None raises TypeError
            return False
        if max(map(max, raw.events)) > newest:  # type: ignore[operator, arg-type, type-var]  # as above
            return False
        for column in raw.values:
            "".join(column) if isinstance(column[0], str) else sum(column)
    except TypeError:
        return False
    return True


def _fresh(events: Iterable[int | None], oldest: Mapping[str, float], newest: int) -> bool:
    """Whether every view has a row that is neither older than its TTL allows nor of the future."""
    pairs = zip(events, oldest.values(), strict=True)
    return all(event is not None and least <= event <= newest for event, least in pairs)


def moment_of(event: int | None) -> datetime | None:
    """A number of microseconds since 1970-01-01 00:00 UTC as a moment in UTC.

    Raises
    ------
    StoreError
        The number is outside the range of `datetime`, so the store is damaged.
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

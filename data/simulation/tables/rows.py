"""What happened in a month, as rows of the lake's tables with both clocks."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from data.schema import REASONS, TIMESTAMP
from data.simulation.chance import Stream, generator
from data.simulation.customers import Bools, Customers, Ints
from data.simulation.events.billing import monthly_charge
from data.simulation.events.contacts import OUTCOMES, contact
from data.simulation.events.lateness import learned, times_of_day
from data.simulation.events.month import Month, bill_day
from data.simulation.events.reasons import reasons
from data.simulation.events.surveys import answer_surveys
from data.simulation.identities import customer_ids
from data.simulation.tables import spelling
from data.simulation.tables.spelling import Columns
from data.simulation.timeline import DAY_US, day_number, first_day
from data.simulation.world import World

Named = tuple[str, pa.Table]


class Rows:
    """Make the rows of one month. Rows that would be learned after the end, or before a start, are left out.

    Parameters
    ----------
    world : World
        The simulation.
    included : ndarray of bool
        By running number: whether the tables have this customer.
    month : int
        The month of the rows, which has its own random stream for lateness.
    learned_after_us, learned_until_us : int, optional
        Microseconds since 1970, UTC; by default all rows up to the end of the history.
    """

    def __init__(
        self,
        world: World,
        included: Bools,
        month: int,
        learned_after_us: int = -1,
        learned_until_us: int | None = None,
    ) -> None:
        self._world = world
        self._included = included
        self._late = world.parameters.late
        self._dealings = world.parameters.dealings
        self._month = month
        self._rng = self._stream(Stream.LATENESS)
        self._after_us = learned_after_us
        self._until_us = world.timeline.end_us if learned_until_us is None else learned_until_us

    def _stream(self, stream: Stream) -> np.random.Generator:
        return generator(self._world.settings.seed, self._month, stream)

    def opening(self, customers: Customers, month: int) -> Iterator[Named]:
        """Yield the rows known at the start of the history of customers who had joined before.

        Each row is dated when it became true: demographics at joining, services at their last change, billing
        and tickets at the last bill.
        """
        c = customers.where(self._included[customers.number])
        billed_us = np.full(len(c), bill_day(month - 1) * DAY_US)
        people = spelling.demographics(c, self._world.settings.seed)
        yield "demographics", self._table(c, people, c.joined_day * DAY_US, c.known_us)
        yield "services", self._on_time(c, spelling.services(c), c.changed_us)
        yield "billing", self._on_time(c, spelling.billing(c), billed_us)
        yield "tickets", self._on_time(c, spelling.tickets(c), billed_us)
        yield from self._consent(c)

    def of(self, month: Month) -> Iterator[Named]:
        """Yield the rows of a month, table by table."""
        yield from self._offers(month)
        yield from self._joining(month)
        yield "services", self._changes(month)
        yield from self._bills(month)
        yield "churn_events", self._leaving(month)
        yield from self._contacts(month)
        yield "satisfaction", self._surveys(month)

    def _joining(self, month: Month) -> Iterator[Named]:
        new = np.arange(len(month.customers)) >= month.present
        c = self._chosen(month, new)
        joined_us, known_us = c.joined_day * DAY_US, c.known_us
        charge = monthly_charge(c, self._world.parameters.prices)
        for name, values in (
            ("demographics", spelling.demographics(c, self._world.settings.seed)),
            ("services", spelling.services(c)),
            ("billing", spelling.billing_at_joining(c, charge)),
            ("tickets", spelling.tickets_at_joining(c)),
        ):
            yield name, self._table(c, values, joined_us, known_us)
        yield from self._consent(c)

    def _consent(self, c: Customers) -> Iterator[Named]:
        for asked, values in spelling.consent(c, self._dealings.consent.channels):
            yield "consent", self._table(asked, values, asked.joined_day * DAY_US, asked.known_us)

    def _changes(self, month: Month) -> pa.Table:
        changed = np.zeros(len(month.customers), dtype=bool)
        changed[: month.present] = month.changed_day > 0
        c = self._chosen(month, changed)
        return self._perhaps_late(c, spelling.services(c), c.changed_us, self._late.services)

    def _bills(self, month: Month) -> Iterator[Named]:
        c = self._chosen(month, month.billed)
        event_us = np.full(len(c), bill_day(month.number) * DAY_US)
        yield "billing", self._perhaps_late(c, spelling.billing(c), event_us, self._late.billing)
        yield "tickets", self._perhaps_late(c, spelling.tickets(c), event_us, self._late.tickets)

    def _leaving(self, month: Month) -> pa.Table:
        left = np.zeros(len(month.customers), dtype=bool)
        left[: month.present] = month.leaving.day > 0
        everyone = month.customers.where(left)
        included = self._included[everyone.number]
        reason = reasons(self._stream(Stream.REASONS), everyone, self._dealings.reasons)[included]
        c, day = everyone.where(included), month.leaving.day[left[: month.present]][included]
        late = self._late
        created_us = learned(self._rng, day * DAY_US, late.churn_events, late.churn_longest_days, late)
        return self._table(c, {"reason": spelling.spell(reason, REASONS)}, day * DAY_US, created_us)

    def _offers(self, month: Month) -> Iterator[Named]:
        if month.draw is None:
            return
        included = self._included[month.customers.number[month.draw.rows]]
        c = month.customers.where(month.draw.rows[included])
        event_us = np.full(len(c), day_number(first_day(month.number)) * DAY_US)
        model = self._world.parameters.campaigns
        values = {
            "campaign": spelling.same(month.draw.name, len(c)),
            "offer": spelling.spell(month.draw.offer[included], model.offers),
            "probability": pa.array(month.draw.probability[included], from_pandas=True),
        }
        yield "offers", self._perhaps_late(c, values, event_us, self._late.offers)

    def _contacts(self, month: Month) -> Iterator[Named]:
        if month.draw is None:
            return
        rng, model = self._stream(Stream.CONTACTS), self._dealings.contacts
        offers = self._world.parameters.campaigns.offers
        begin = day_number(first_day(month.number))
        found = contact(rng, month.customers, month.draw, offers, begin, month.leaving.day, model)
        included = self._included[month.customers.number[found.rows]]
        c, event_us = month.customers.where(found.rows[included]), found.event_us[included]
        values = {
            "channel": spelling.spell(found.channel[included], self._dealings.consent.channels),
            "campaign": spelling.same(month.draw.name, len(c)),
            "outcome": spelling.spell(found.outcome[included], OUTCOMES),
        }
        created_us = learned(rng, event_us, model.late, self._late.longest_days, self._late)
        yield "contacts", self._table(c, values, event_us, created_us)

    def _surveys(self, month: Month) -> pa.Table:
        rng, model = self._stream(Stream.SURVEYS), self._dealings.surveys
        rows, score = answer_surveys(rng, month.customers, month.billed, model)
        event_us = bill_day(month.number) * DAY_US + times_of_day(rng, len(rows))
        created_us = learned(rng, event_us, model.late, self._late.longest_days, self._late)
        included = self._included[month.customers.number[rows]]
        c, values = month.customers.where(rows[included]), {"score": pa.array(score[included])}
        return self._table(c, values, event_us[included], created_us[included])

    def _chosen(self, month: Month, rows: Bools) -> Customers:
        return month.customers.where(rows & self._included[month.customers.number])

    def _on_time(self, c: Customers, values: Columns, event_us: Ints) -> pa.Table:
        return self._perhaps_late(c, values, event_us, 0.0)

    def _perhaps_late(self, c: Customers, values: Columns, event_us: Ints, share: float) -> pa.Table:
        created_us = learned(self._rng, event_us, share, self._late.longest_days, self._late)
        return self._table(c, values, event_us, created_us)

    def _table(self, c: Customers, values: Columns, event_us: Ints, created_us: Ints) -> pa.Table:
        # No row may be learned before the customer is known.
        created_us = np.maximum(created_us, c.known_us)
        keys = {
            "customerID": customer_ids(c.number, self._world.settings.seed),
            "event_timestamp": pa.array(event_us.astype(np.int64)).cast(TIMESTAMP),
            "created_timestamp": pa.array(created_us.astype(np.int64)).cast(TIMESTAMP),
        }
        table = pa.table({**keys, **values})
        learned_in_time = (created_us > self._after_us) & (created_us <= self._until_us)
        return table if learned_in_time.all() else table.filter(pa.array(learned_in_time))

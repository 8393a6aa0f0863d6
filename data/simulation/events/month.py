"""One month of the telecom: offers, leaving, changes, prices, joining, tickets and bills, in this order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.simulation.chance import Stream, generator
from data.simulation.customers import Bools, Customers, Ints, concat
from data.simulation.events import billing, campaigns
from data.simulation.events.campaigns import Draw
from data.simulation.events.growth import relative_size
from data.simulation.events.household import give_consent, share_households
from data.simulation.events.lateness import learned
from data.simulation.events.leaving import Leaving, decide, left_in_window
from data.simulation.events.population import joiners
from data.simulation.events.services import change_services
from data.simulation.events.tickets import open_tickets
from data.simulation.identities import customer_ids
from data.simulation.timeline import DAY_US, day_number, first_day, length
from data.simulation.world import State, World


@dataclass(frozen=True)
class Month:
    """What happened in a month, to the n customers there at its start and the m who joined in it.

    Parameters
    ----------
    number : int
        Months since January 1970.
    customers : Customers, n + m
        As they were at the end of the month, or when they left; the m last ones joined in it.
    leaving : Leaving, n
        Risks, and the days of leaving.
    changed_day : ndarray, (n,)
        Day number of a change of services, 0 without one.
    billed : ndarray of bool, (n + m,)
        Who got the bill at the month's end.
    draw : Draw or None
        The campaign drawn at the month's start.
    """

    number: int
    customers: Customers
    leaving: Leaving
    changed_day: Ints
    billed: Bools
    draw: Draw | None

    @property
    def present(self) -> int:
        """n, the customers at the start of the month."""
        return len(self.leaving.day)


def bill_day(month: int) -> int:
    """Return the day number of the month's last day, on which bills are written and tickets counted."""
    return day_number(first_day(month + 1)) - 1


def live(world: World, state: State, number: int) -> tuple[Month, State]:
    """Simulate a month. The customers of `state` are changed in place and must not be used again."""
    customers, parameters, seed = state.customers, world.parameters, world.settings.seed
    draw = _campaign(world, customers, number)
    leaving = decide(world, state, number)
    changed_day, renewed = _changes(world, customers, leaving, number)
    raised = billing.raise_prices(
        generator(seed, number, Stream.PRICES), customers, renewed, parameters.prices
    )
    campaigns.let_run_out(customers)
    new = _join(world, state, leaving, number)
    everyone = concat([customers, new])
    nothing = np.zeros(len(new), dtype=bool)
    changed, raised = np.concatenate((changed_day > 0, nothing)), np.concatenate((raised, nothing))
    open_tickets(generator(seed, number, Stream.TICKETS), everyone, changed, raised, parameters.tickets)
    left_day = np.concatenate((leaving.day, np.zeros(len(new), dtype=np.int64)))
    billed = (left_day == 0) | (left_day > bill_day(number))
    billing.bill(everyone, billed, parameters.prices)
    month = Month(number, everyone, leaving, changed_day, billed, draw)
    after = State(
        everyone.where(left_day == 0), state.joined + len(new), left_in_window(world, state, leaving)
    )
    return month, after


def _campaign(world: World, customers: Customers, number: int) -> Draw | None:
    model, timeline = world.parameters.campaigns, world.timeline
    rng = generator(world.settings.seed, number, Stream.CAMPAIGNS)
    if number in world.planned:
        ids = customer_ids(customers.number, world.settings.seed)
        draw = campaigns.carry_out(rng, customers, ids, world.planned[number], model)
    elif number < timeline.start_month or not campaigns.is_campaign_month(
        number, timeline.cohort_month, model
    ):
        return None
    else:
        known = customers.known_us <= day_number(first_day(number)) * DAY_US
        draw = campaigns.draw_campaign(rng, customers, known, model, campaigns.campaign_name(number))
    campaigns.put_in_force(customers, draw, model)
    return draw


def _changes(world: World, customers: Customers, leaving: Leaving, number: int) -> tuple[Ints, Bools]:
    """Change services. Return the days of changes before leaving, and who renewed."""
    rng = generator(world.settings.seed, number, Stream.SERVICES)
    changed, renewed = change_services(rng, customers, world.parameters.changes)
    begin = day_number(first_day(number))
    day = begin + rng.integers(1, length(number) - 1, len(customers))
    in_time = (leaving.day == 0) | (day < leaving.day)
    changed_day = np.where(changed & in_time, day, 0)
    customers.changed_us = np.where(changed_day > 0, changed_day * DAY_US, customers.changed_us)
    return changed_day, renewed


def _join(world: World, state: State, leaving: Leaving, number: int) -> Customers:
    """Return the new customers who are missing for the number planned at the month's end."""
    parameters, seed = world.parameters, world.settings.seed
    months_open = number - world.timeline.founding_month
    planned = round(world.at_cohort * relative_size(months_open + 1, parameters.base))
    n = max(0, planned - int((leaving.day == 0).sum()))
    rng = generator(seed, number, Stream.JOINING)
    # Nobody joins on the last two days, so that the first bill is not on the day of joining.
    joined_day = day_number(first_day(number)) + rng.integers(0, length(number) - 2, n)
    numbers = np.arange(state.joined, state.joined + n)
    late = parameters.late
    known_us = learned(rng, joined_day * DAY_US, late.joining, late.longest_days, late)
    new = joiners(rng, numbers, joined_day, known_us, months_open, parameters)
    share_households(generator(seed, number, Stream.HOUSEHOLDS), new, parameters.dealings.households)
    give_consent(generator(seed, number, Stream.CONSENT), new, parameters.dealings.consent)
    return new

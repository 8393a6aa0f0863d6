"""Retention campaigns: a random draw, a random offer, and an effect on each customer's risk.

Who is drawn and what is offered depends on chance alone, so treated and hold-out customers compare.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data.simulation.customers import MONTHLY, NO_OFFER, Bools, Customers, Floats, Ints
from data.simulation.parameters import Campaigns
from data.simulation.planned import Planned
from data.simulation.timeline import first_day


@dataclass(frozen=True)
class Draw:
    """Who was drawn in a campaign.

    Parameters
    ----------
    rows : ndarray, (m,)
        Their places among the customers.
    offer : ndarray, (m,)
        Code of the offer; 0 is the hold-out.
    effects : ndarray, (m, offers)
        What every offer would add to the log-odds of leaving, also those not made; column 0 is zero.
    name : str
        Of the campaign.
    probability : ndarray, (m,)
        The chance with which each customer, once drawn, got this offer.
    others : ndarray, (n, offers), optional
        The effects on all customers, of a planned campaign: what it would have done to those left out of it.
    """

    rows: Ints
    offer: Ints
    effects: Floats
    name: str
    probability: Floats
    others: Floats | None = None


def is_campaign_month(month: int, cohort_month: int, model: Campaigns) -> bool:
    """Return whether a campaign is drawn at the start of `month`.

    They are counted back from the last observation date, so that its cohort is under no offer.
    """
    before = cohort_month - month
    return before > 0 and before % model.every_months == 0


def campaign_name(month: int) -> str:
    """Return the name of the campaign drawn at the start of `month`, for example `retention-2026-03`."""
    return f"retention-{first_day(month):%Y-%m}"


def draw_campaign(
    rng: np.random.Generator, customers: Customers, known: Bools, model: Campaigns, name: str
) -> Draw:
    """Draw known customers and their offers at random, and work out what the offers do to them."""
    rows = np.flatnonzero(known & (rng.random(len(customers)) < model.share))
    offer = rng.choice(len(model.offers), size=len(rows), p=model.odds).astype(np.int8)
    return Draw(rows, offer, effects(rng, customers.where(rows), model), name, np.array(model.odds)[offer])


def carry_out(
    rng: np.random.Generator, customers: Customers, ids: pa.Array, planned: Planned, model: Campaigns
) -> Draw:
    """Make the planned offers to those who are still there, and work out what they would do to everybody.

    Parameters
    ----------
    ids : pyarrow.Array of string, (n,)
        The customers' ids.
    """
    place = pc.index_in(ids, planned.customers).fill_null(-1).to_numpy()
    rows = np.flatnonzero(place >= 0)
    everybody = effects(rng, customers, model)
    chosen = place[rows]
    return Draw(
        rows, planned.offer[chosen], everybody[rows], planned.name, planned.probability[chosen], everybody
    )


def effects(rng: np.random.Generator, customers: Customers, model: Campaigns) -> Floats:
    """Draw what each offer would add to each customer's log-odds of leaving.

    Most feel next to nothing. Some can be persuaded: by a discount mostly month-to-month customers and those
    with a price rise, by a support call those with technical tickets, by a bonus for a contract settled
    month-to-month customers. Some contented customers are woken up by any offer and leave rather sooner.

    Returns
    -------
    effects : ndarray, (n, offers)
        Column 0, no offer, is zero.
    """
    c, n = customers, len(customers)
    monthly = c.contract == MONTHLY
    rise, tickets = c.rises.sum(axis=1) > 0, c.tech_recent.sum(axis=1)
    contented = (c.tenure >= 24) & ~monthly & (tickets == 0) & ~rise
    chances = (
        _chance(model.discount_persuades, monthly, rise),
        _chance(model.support_persuades, tickets >= 1, tickets >= 2),
        _chance(model.bonus_persuades, monthly & (c.tenure >= 3)),
    )
    found = model.noise * rng.standard_normal((n, len(model.offers)))
    scale = rng.uniform(0.5, 1.5, (n, len(model.offers)))
    for column, (chance, mean) in enumerate(
        zip(chances, (model.discount, model.support_call, model.contract_bonus), strict=True), start=1
    ):
        persuaded = rng.random(n) < chance
        found[persuaded, column] = mean * scale[persuaded, column]
    woken = rng.random(n) < np.where(contented, *reversed(model.wake_chance))
    found[woken] = model.wakes * scale[woken]
    found[:, NO_OFFER] = 0.0
    return found.astype(np.float32)


def _chance(parts: Sequence[float], *flags: Bools) -> Floats:
    """Return the sum of the first part and of those others whose flag is set."""
    chance: Floats = parts[0] + np.column_stack(flags) @ np.array(parts[1:])
    return chance


def put_in_force(customers: Customers, draw: Draw, model: Campaigns) -> None:
    """Let the drawn offers act on `customers`, in place; a new draw ends an older offer."""
    customers.offer[draw.rows] = draw.offer
    customers.offer_left[draw.rows] = model.lasts_months
    customers.offer_effect[draw.rows] = draw.effects[np.arange(len(draw.rows)), draw.offer]


def let_run_out(customers: Customers) -> None:
    """Count down a month of the offers in force, in place."""
    customers.offer_left = np.maximum(customers.offer_left - 1, 0).astype(np.int8)
    over = customers.offer_left == 0
    customers.offer[over] = NO_OFFER
    customers.offer_effect[over] = 0.0

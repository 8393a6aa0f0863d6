"""How drawn customers are told of their offer, and what they answer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.simulation.chance import pick
from data.simulation.customers import NO_OFFER, PHONE, Bools, Customers, Floats, Ints
from data.simulation.dealings import Contacts
from data.simulation.events.campaigns import Draw
from data.simulation.events.lateness import times_of_day
from data.simulation.timeline import DAY_US

OUTCOMES = ("reached", "accepted", "refused", "not reached")
SUPPORT_CALL = "support_call"


@dataclass(frozen=True)
class Contacted:
    """The contacts of a campaign.

    Parameters
    ----------
    rows : ndarray, (m,)
        Places among the customers.
    channel, outcome : ndarray, (m,)
        Codes: a channel as in `Customers.allows`, an outcome of `OUTCOMES`.
    event_us : ndarray, (m,)
        When, in microseconds since 1970 UTC.
    """

    rows: Ints
    channel: Ints
    outcome: Ints
    event_us: Ints


def contact(
    rng: np.random.Generator,
    customers: Customers,
    draw: Draw,
    offers: tuple[str, ...],
    begin: int,
    left_day: Ints,
    model: Contacts,
) -> Contacted:
    """Contact drawn customers within days of the draw, by a channel that they allow.

    Nobody in the hold-out is contacted, nobody who allows nothing, and nobody who left before.

    Parameters
    ----------
    begin : int
        Day number of the draw.
    left_day : ndarray, (n,)
        Day number of leaving of the customers, 0 for who stays.
    """
    channel = _channels(rng, customers.allows[draw.rows], draw.offer == offers.index(SUPPORT_CALL), model)
    effect = draw.effects[np.arange(len(draw.rows)), draw.offer]
    outcome = _outcomes(rng, channel, effect, model)
    day = begin + rng.integers(1, model.latest_day + 1, len(draw.rows))
    left = left_day[draw.rows]
    told = (draw.offer != NO_OFFER) & customers.allows[draw.rows].any(axis=1) & ((left == 0) | (day < left))
    event_us = day * DAY_US + times_of_day(rng, len(day))
    return Contacted(draw.rows[told], channel[told], outcome[told], event_us[told])


def _channels(rng: np.random.Generator, allows: Bools, is_call: Bools, model: Contacts) -> Ints:
    shares = np.tile(model.by_channel, (len(allows), 1))
    shares[is_call] = 1e-9  # another channel only where the phone is not allowed
    shares[is_call, PHONE] = 1.0
    return pick(rng, shares * allows)


def _outcomes(rng: np.random.Generator, channel: Ints, effect: Floats, model: Contacts) -> Ints:
    persuaded = (effect <= model.helps).astype(int)
    accepted, refused = np.array(model.accepted)[persuaded], np.array(model.refused)[persuaded]
    answers = np.column_stack([1.0 - accepted - refused, accepted, refused])
    missed = np.array(model.not_reached)[channel]
    return pick(rng, np.column_stack([answers * (1.0 - missed)[:, None], missed]))

"""Who leaves in a month, and on which day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from data.simulation.chance import Stream, generator, sigmoid
from data.simulation.customers import Bools, Floats, Ints
from data.simulation.events import risk
from data.simulation.events.calibration import Piece, intercept, pieces
from data.simulation.events.growth import QUARTER_DAYS, churn_within, quarter_churn
from data.simulation.settings import GAP_DAYS
from data.simulation.timeline import day_number, first_day, length
from data.simulation.world import State, World


@dataclass(frozen=True)
class Leaving:
    """The risk of a month and what came of it, for the n customers at its start.

    Parameters
    ----------
    day : ndarray, (n,)
        Day number of leaving, 0 for who stays.
    without_offer, with_offer : ndarray, (n,)
        The month's risk, without and with the offer in force; the draw used the second.
    intercept : float
        Of the log-odds in this month.
    """

    day: Ints
    without_offer: Floats
    with_offer: Floats
    intercept: float


def decide(world: World, state: State, month: int) -> Leaving:
    """Work out everybody's risk of leaving in `month`, and draw who leaves when."""
    customers, hazard = state.customers, world.parameters.hazard
    own = risk.log_odds(customers, hazard)
    relief = risk.welcome(customers, hazard)
    found = _intercept(world, state, month, own + customers.offer_effect, relief)
    without_offer = sigmoid(own + relief + found)
    with_offer = sigmoid(own + relief + customers.offer_effect + found)
    rng = generator(world.settings.seed, month, Stream.LEAVING)
    leaves = _draw(rng, with_offer, world.in_cohort(customers))
    day = day_number(first_day(month)) + rng.integers(1, length(month) + 1, len(customers))
    return Leaving(np.where(leaves, day, 0), without_offer, with_offer, found)


def left_in_window(world: World, state: State, leaving: Leaving) -> int:
    """Return how many of the last labelled cohort left in its window, this month included."""
    begin = world.timeline.gap_end_day
    within = (leaving.day > begin) & (leaving.day <= begin + world.settings.horizon_days)
    return state.left_in_window + int((within & world.in_cohort(state.customers)).sum())


def _intercept(world: World, state: State, month: int, log_odds: Floats, relief: Floats) -> float:
    """Return the intercept with which the last labelled cohort, or else today's base, leaves as planned."""
    if not len(log_odds):
        return 0.0
    ahead, share = _outlook(world, month)
    if month < world.timeline.cohort_month or not ahead:
        ahead = pieces(month, day_number(first_day(month)), GAP_DAYS, QUARTER_DAYS)
        months_open = month - world.timeline.founding_month
        return intercept(log_odds, relief, ahead, quarter_churn(months_open, world.parameters.base))
    cohort = world.in_cohort(state.customers)
    return intercept(log_odds[cohort], relief[cohort], ahead, share, state.left_in_window)


def _outlook(world: World, month: int) -> tuple[Sequence[Piece], float]:
    """Return the rest of the last labelled cohort's gap and window, and the share of it that shall leave."""
    settings = world.settings
    ahead = pieces(month, world.timeline.cohort_day, settings.gap_days, settings.horizon_days)
    return ahead, churn_within(settings.horizon_days, world.parameters.base)


def _draw(rng: np.random.Generator, chance: Floats, cohort: Bools) -> Bools:
    """Draw the leavers of the last labelled cohort and of the others apart, so that both totals fit."""
    leaves = np.zeros(len(chance), dtype=bool)
    for group in (cohort, ~cohort):
        leaves[group] = risk.draw_leavers(rng, chance[group])
    return leaves

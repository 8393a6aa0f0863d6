"""When rows are learned: most within hours, some days or weeks late."""

from __future__ import annotations

import numpy as np

from data.simulation.customers import Ints
from data.simulation.parameters import Late
from data.simulation.timeline import DAY_US

_HOUR_US = DAY_US // 24
_SECOND_US = 1_000_000


def times_of_day(rng: np.random.Generator, n: int) -> Ints:
    """Return n times between 8 and 20 o'clock in microseconds, in whole seconds."""
    first, last = (hours * _HOUR_US // _SECOND_US for hours in (8, 20))
    return rng.integers(first, last, n) * _SECOND_US


def learned(
    rng: np.random.Generator, event_us: Ints, late_share: float, longest_days: int, model: Late
) -> Ints:
    """Draw when rows are learned.

    Parameters
    ----------
    event_us : ndarray, (n,)
        When they became true, microseconds since 1970 UTC.
    late_share : float
        Chance of a row to come late: 1 to `longest_days` whole days later than usual.

    Returns
    -------
    created_us : ndarray, (n,)
        Not before `event_us`, in whole seconds.
    """
    n = len(event_us)
    first, last = (int(hours * _HOUR_US) // _SECOND_US for hours in model.usual_hours)
    usual = rng.integers(first, last, n) * _SECOND_US
    late = rng.random(n) < late_share
    return event_us + usual + late * rng.integers(1, longest_days + 1, n) * DAY_US

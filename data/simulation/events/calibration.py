"""The intercept of a month's risk, found so that the wanted share of a cohort leaves.

Standing at the start of a month, the base is taken as a cohort: who is still there after the gap, and who of
them leaves within the window, if everybody keeps today's log-odds. The intercept with which the expected
share is the wanted one is found by bisection. Within the last window the same is done again every month for
what is left of the window, so that drift does not add up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from data.simulation.chance import sigmoid
from data.simulation.customers import Floats
from data.simulation.timeline import day_number, first_day, length

_BIN = 0.01
_WIDEST = 40.0


@dataclass(frozen=True)
class Piece:
    """The shares of a month's days that lie in the gap and in the window."""

    gap: float
    window: float


def pieces(month: int, observed: int, gap_days: int, horizon_days: int) -> list[Piece]:
    """Return the part of each month, from `month` on, that lies in the gap and in the window.

    Who leaves on day d with observed < d <= observed + gap_days leaves in the gap, and up to horizon_days
    later in the window. A month beginning on day b holds the leaving days b + 1 to b + its length.

    Parameters
    ----------
    month : int
        Months since January 1970.
    observed : int
        The observation date, days since 1970.
    gap_days, horizon_days : int
        Of the label.
    """
    found = []
    gap_end = observed + gap_days
    window_end = gap_end + horizon_days
    while (begin := day_number(first_day(month))) < window_end:
        days = length(month)
        in_gap = _overlap(begin, begin + days, observed, gap_end)
        in_window = _overlap(begin, begin + days, gap_end, window_end)
        found.append(Piece(in_gap / days, in_window / days))
        month += 1
    return found


def _overlap(begin: int, end: int, other_begin: int, other_end: int) -> int:
    return max(0, min(end, other_end) - max(begin, other_begin))


def intercept(log_odds: Floats, relief: Floats, ahead: Sequence[Piece], share: float, left: int = 0) -> float:
    """Return the intercept with which the expected share of leavers in the window is `share`.

    Parameters
    ----------
    log_odds : ndarray, (n,)
        Of the cohort's customers still there, n of at least 1.
    relief : ndarray, (n,)
        Added to them this month, but not in the months after it.
    ahead : sequence of Piece
        This month and those after it, up to the end of the window.
    share : float
        In (0, 1): leavers in the window, of those there at the end of the gap.
    left : int
        Customers of the cohort who left in the window already.
    """
    later, now, counts = _counted(log_odds, relief)
    low, high = -_WIDEST, _WIDEST
    while high - low > 1e-7:
        middle = (low + high) / 2.0
        in_gap, in_window = _expected(sigmoid(now + middle), sigmoid(later + middle), ahead)
        reached = left + counts @ in_window
        low, high = (middle, high) if reached < share * (left + counts @ (1.0 - in_gap)) else (low, middle)
    # Rounded, so that the last bits of another machine's exponentials do not count.
    return round((low + high) / 2.0, 6)


def _counted(log_odds: Floats, relief: Floats) -> tuple[Floats, Floats, Floats]:
    """Return later and present log-odds in narrow bins, and the customers in each bin."""
    later, now, counts = [], [], []
    for shift in np.unique(relief):
        bins = np.rint(log_odds[relief == shift] / _BIN).astype(np.int64)
        found = np.bincount(bins - bins.min())
        later.append((np.arange(len(found)) + bins.min()) * _BIN)
        now.append(later[-1] + shift)
        counts.append(found)
    return np.concatenate(later), np.concatenate(now), np.concatenate(counts)


def _expected(now: Floats, later: Floats, ahead: Sequence[Piece]) -> tuple[Floats, Floats]:
    """Return the chances of leaving in the gap and in the window, given the risk now and in later months."""
    alive, in_gap, in_window, risk = np.ones_like(now), np.zeros_like(now), np.zeros_like(now), now
    for piece in ahead:
        in_gap += alive * risk * piece.gap
        in_window += alive * risk * piece.window
        alive, risk = alive * (1.0 - risk), later
    return in_gap, in_window

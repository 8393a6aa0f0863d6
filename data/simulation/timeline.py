"""The months of a history, and the last observation date whose window is over when the history ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

FOUNDED_MONTHS_BEFORE = 72
"""The telecom opened 72 months before the last observation date: the longest tenure of the Telco file."""

DAY_US = 86_400_000_000
_EPOCH = date(1970, 1, 1)


def month_number(day: date) -> int:
    """Return the months from January 1970 to the month of `day`."""
    return (day.year - 1970) * 12 + day.month - 1


def first_day(month: int) -> date:
    """Return the first day of the month with this number."""
    return date(1970 + month // 12, month % 12 + 1, 1)


def day_number(day: date) -> int:
    """Return the days from 1 January 1970 to `day`."""
    return (day - _EPOCH).days


def length(month: int) -> int:
    """Return the number of days of the month with this number."""
    return (first_day(month + 1) - first_day(month)).days


def last_observation(end: date, gap_days: int, horizon_days: int) -> int:
    """Return the latest month whose first day, plus gap and horizon, is not after `end`."""
    return month_number(end - timedelta(days=gap_days + horizon_days))


@dataclass(frozen=True)
class Timeline:
    """The months of a history that matter, each counted from January 1970.

    Parameters
    ----------
    end : date
        First day of a month, 00:00 UTC; nothing was learned later.
    months : int
        Months of the history before `end`.
    gap_days, horizon_days : int
        Of the label whose last observation date is looked for.
    """

    end: date
    months: int
    gap_days: int
    horizon_days: int

    @cached_property
    def end_month(self) -> int:
        """The first month after the history."""
        return month_number(self.end)

    @cached_property
    def start_month(self) -> int:
        """The first month whose rows are written."""
        return self.end_month - self.months

    @cached_property
    def cohort_month(self) -> int:
        """The month that begins at the last observation date."""
        return last_observation(self.end, self.gap_days, self.horizon_days)

    @cached_property
    def founding_month(self) -> int:
        """The month in which the telecom opened; up to the start, months are simulated, not written."""
        return self.cohort_month - FOUNDED_MONTHS_BEFORE

    @property
    def cohort_day(self) -> int:
        """Day number of the last observation date."""
        return day_number(first_day(self.cohort_month))

    @property
    def gap_end_day(self) -> int:
        """Day number of the last day of the gap; who leaves until then is no label of either kind."""
        return self.cohort_day + self.gap_days

    @property
    def end_us(self) -> int:
        """The end of the history in microseconds since 1970, UTC."""
        return day_number(self.end) * DAY_US

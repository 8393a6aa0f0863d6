"""What a user asks a simulation for, and whether it is possible."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cached_property

from data.errors import InputError
from data.simulation.timeline import FOUNDED_MONTHS_BEFORE, Timeline, first_day

GAP_DAYS, HORIZON_DAYS = 30, 90
FEWEST_CUSTOMERS, MOST_CUSTOMERS = 100, 5_000_000
MONTHS_BEFORE_COHORT = 4
"""Least months before the last observation date: three bills to compare, and one more."""
_EARLIEST_END = date(1980, 1, 1)
_LONGEST_GAP, _LONGEST_HORIZON = 180, 365


@dataclass(frozen=True)
class Settings:
    """A simulation asked for.

    Parameters
    ----------
    customers : int
        Size of the labelled cohort at the last observation date.
    months : int
        Length of the history.
    seed : int
        Not negative.
    end : date
        First day of a month; nothing in the history was learned after its 00:00 UTC.
    gap_days, horizon_days : int
        Of the label for which the last observation date is meant.

    Raises
    ------
    InputError
        The parameters are impossible; the message says which and what is possible.
    """

    customers: int
    months: int
    seed: int
    end: date
    gap_days: int = GAP_DAYS
    horizon_days: int = HORIZON_DAYS

    def __post_init__(self) -> None:
        """Refuse what cannot be simulated."""
        _between("--customers", self.customers, FEWEST_CUSTOMERS, MOST_CUSTOMERS)
        _between("--seed", self.seed, 0, 2**63 - 1)
        _between("--gap-days", self.gap_days, 0, _LONGEST_GAP)
        _between("--horizon-days", self.horizon_days, 1, _LONGEST_HORIZON)
        if self.end.day != 1:
            raise InputError(f"--end {self.end} is no month's first day; write it as {self.end:%Y-%m}-01.")
        if self.end < _EARLIEST_END:
            raise InputError(f"--end {self.end} is before {_EARLIEST_END}.")
        self._refuse_months()

    def _refuse_months(self) -> None:
        cohort = self.timeline.cohort_month
        window = self.timeline.end_month - cohort
        shortest, longest = window + MONTHS_BEFORE_COHORT, window + FOUNDED_MONTHS_BEFORE
        if not shortest <= self.months <= longest:
            raise InputError(
                f"--months {self.months} is not between {shortest} and {longest}. With a gap of "
                f"{self.gap_days} and a horizon of {self.horizon_days} days the last observation date is "
                f"{first_day(cohort)}, {window} months before the end; the history begins at least "
                f"{MONTHS_BEFORE_COHORT} and at most {FOUNDED_MONTHS_BEFORE} months before it."
            )

    @cached_property
    def timeline(self) -> Timeline:
        """The months of this history."""
        return Timeline(self.end, self.months, self.gap_days, self.horizon_days)

    @property
    def base(self) -> str:
        """The base's name; it has the gap and the horizon only if they are not the usual ones."""
        unusual = "" if (self.gap_days, self.horizon_days) == (GAP_DAYS, HORIZON_DAYS) else self._window_name
        return f"simulated-{self.customers}x{self.months}-seed{self.seed}-{self.end:%Y%m%d}{unusual}"

    def to_plain(self) -> dict[str, int | str]:
        """Return what was asked for as plain JSON types."""
        return {
            "customers": self.customers,
            "months": self.months,
            "seed": self.seed,
            "end": self.end.isoformat(),
            "gap_days": self.gap_days,
            "horizon_days": self.horizon_days,
        }

    @property
    def _window_name(self) -> str:
        return f"-gap{self.gap_days}-horizon{self.horizon_days}"

    @property
    def data_until(self) -> datetime:
        """The end at 00:00 UTC."""
        return datetime.combine(self.end, time(), UTC)


def default_end(today: date) -> date:
    """Return the first day of the month of `today`."""
    return today.replace(day=1)


def parse_end(text: str | None, today: date) -> date:
    """Return the end of the history.

    Parameters
    ----------
    text : str or None
        `YYYY-MM-DD`, not after today; None is the first day of the current month.
    today : date
        Today's date in UTC.

    Raises
    ------
    InputError
        It is no date or in the future.
    """
    if text is None:
        return default_end(today)
    try:
        end = datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError:
        raise InputError(f"--end {text!r} is no date; write it as {default_end(today)}.") from None
    if end > today:
        raise InputError(f"--end {end} is in the future; the latest is {default_end(today)}.")
    return end


def _between(option: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise InputError(f"{option} {value} is not between {least:,} and {most:,}.")

"""The window in which a campaign is judged: from its first day on, and only once it is over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta


@dataclass(frozen=True)
class Window:
    """Days from `starts` to the day before `until`; a day begins at midnight UTC.

    Attributes
    ----------
    starts, until : date
    """

    starts: date
    until: date

    @classmethod
    def of(cls, starts: date, days: int) -> Window:
        """The window of so many days from a day on."""
        return cls(starts, starts + timedelta(days=days))

    @property
    def days(self) -> int:
        """How long it is."""
        return (self.until - self.starts).days

    @property
    def begin(self) -> datetime:
        """The first moment, UTC."""
        return _midnight(self.starts)

    @property
    def end(self) -> datetime:
        """The moment after the last, UTC."""
        return _midnight(self.until)

    def before(self) -> Window:
        """The window of the same length that ends where this one begins."""
        return Window(self.starts - timedelta(days=self.days), self.starts)

    def matured(self, data_until: datetime) -> bool:
        """Whether the data cover all of it."""
        return data_until >= self.end


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)

"""What a run of materialize did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class ViewReport:
    """What a run did to one view.

    Parameters
    ----------
    view : str
        The feature view.
    start, end : datetime
        Event timestamps read, both included, UTC.
    customers : int
        Customers that the store holds afterwards.
    removed : int
        Customers that are not kept, because they left or are no longer in the lake.
    """

    view: str
    start: datetime
    end: datetime
    customers: int
    removed: int


@dataclass(frozen=True)
class MaterializeReport:
    """What a run did.

    Parameters
    ----------
    base : str
        Base of the lake.
    end : datetime
        Moment up to which rows were read, UTC.
    views : tuple of ViewReport
        One for each view, in the order of their names.
    unchanged : bool
        Whether there was nothing to do: lake, definitions and store are as the last run left them.
    """

    base: str
    end: datetime
    views: tuple[ViewReport, ...]
    unchanged: bool = False

    @property
    def customers(self) -> Mapping[str, int]:
        """Customers that the store holds for each view."""
        return {report.view: report.customers for report in self.views}

    @property
    def removed(self) -> int:
        """Customers removed from the view that lost most."""
        return max((report.removed for report in self.views), default=0)

    def __str__(self) -> str:
        counts = ", ".join(f"{view} {customers:,}" for view, customers in self.customers.items())
        gone = (
            f"; {self.removed:,} who left or are no longer in the lake are not kept" if self.removed else ""
        )
        moment = f"{self.end:%Y-%m-%d %H:%M} UTC"
        same = "; nothing has changed since the last run" if self.unchanged else ""
        return f"The online store of base {self.base} is up to {moment}: {counts} customers{gone}{same}."

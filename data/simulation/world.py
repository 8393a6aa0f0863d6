"""What is fixed during a simulation, and what passes from one month to the next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from data.simulation.customers import Bools, Customers
from data.simulation.parameters import Parameters
from data.simulation.planned import Planned
from data.simulation.settings import Settings
from data.simulation.timeline import DAY_US, Timeline


@dataclass(frozen=True)
class World:
    """What is fixed during a simulation.

    Parameters
    ----------
    settings : Settings
        What was asked for.
    parameters : Parameters
        Every number of the model.
    at_cohort : int
        Customers planned to be there at the last observation date, before anybody leaves in the gap.
    planned : mapping of int to Planned
        By month, the campaigns that somebody planned.
    """

    settings: Settings
    parameters: Parameters
    at_cohort: int
    planned: Mapping[int, Planned] = field(default_factory=dict)

    @cached_property
    def timeline(self) -> Timeline:
        """The months of the history."""
        return self.settings.timeline

    def in_cohort(self, customers: Customers) -> Bools:
        """Return who had joined, and was known, by the last observation date."""
        known = customers.known_us <= self.timeline.cohort_day * DAY_US
        return known & (customers.joined_day <= self.timeline.cohort_day)


@dataclass(frozen=True)
class State:
    """The telecom at the start of a month.

    Parameters
    ----------
    customers : Customers
        Everybody there.
    joined : int
        Customers who ever joined; the next running number.
    left_in_window : int
        Of the last labelled cohort: who left in its window already.
    """

    customers: Customers
    joined: int = 0
    left_in_window: int = 0

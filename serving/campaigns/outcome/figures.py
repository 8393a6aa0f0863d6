"""A figure with its 95 % interval, and a comparison of two arms."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

Verdict = Literal["better", "worse", "not yet known"]


class Figure(BaseModel):
    """A figure and its 95 % interval; both ends are None where there are too few rows for one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    value: float
    low: float | None = None
    high: float | None = None

    def times(self, factor: float) -> Figure:
        """The figure in another unit, or with another sign."""
        ends = [None if end is None else end * factor for end in (self.low, self.high)]
        low, high = ends if factor >= 0 else reversed(ends)
        return Figure(value=self.value * factor, low=low, high=high)


class Comparison(BaseModel):
    """An outcome of the customers who were offered something, against that of others.

    `offered` and `held_out` are means after adjustment, `difference` is that of the first less the second,
    `change` the same as a share of the second. `p` is the two-sided chance of such a difference if there is
    none. `rows` and `events` count each arm's customers, and those with the outcome where it is yes or no.
    `too_few`: there are too few of them for an interval.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    offered: float
    held_out: float
    difference: Figure
    change: Figure | None = None
    p: float | None = None
    rows: tuple[int, int]
    events: tuple[int, int] | None = None
    too_few: bool = False

    def verdict(self, less_is_better: bool = False) -> Verdict:
        """Whether the interval of the difference is on one side of zero, and on which."""
        low, high = self.difference.low, self.difference.high
        if low is None or high is None or low <= 0 <= high:
            return "not yet known"
        return "better" if (high < 0) == less_is_better else "worse"

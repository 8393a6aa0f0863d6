"""How large a fall of churn a campaign can see, and how many customers a fall needs.

Two arms are compared by the difference of their shares of leavers, with the variance of each arm's own
share (Fleiss, Levin and Paik 2003, "Statistical Methods for Rates and Proportions", ch. 4; the formula of
Chow, Shao and Wang 2008, sec. 4.2). It is in closed form, so it needs no library.
"""

from __future__ import annotations

import math
from statistics import NormalDist

from serving.errors import CampaignError

LEVEL = 0.05
"""Chance of seeing a difference, two-sided, where there is none."""
POWER = 0.8
"""Chance of seeing a difference that is there."""
_Z = NormalDist().inv_cdf(1 - LEVEL / 2) + NormalDist().inv_cdf(POWER)
NOT_YET_KNOWN = "not yet known"
"""What a goal reads that a campaign of this size cannot see, whatever the outcome. It is never "missed"."""


def needed(baseline: float, fall: float) -> int:
    """Customers of each of two equal arms that are needed to see a fall.

    Parameters
    ----------
    baseline : float
        Share of leavers without an offer, above 0 and below 1.
    fall : float
        Relative fall, above 0 and at most 1: with 0.2, churn of 0.06 falls to 0.048.

    Raises
    ------
    CampaignError
        A share is out of its range.
    """
    _check_baseline(baseline)
    if not 0 < fall <= 1:
        raise CampaignError(f"a fall of {fall:g} cannot be; give a share above 0 and at most 1, such as 0.2")
    fallen = baseline * (1 - fall)
    variance = baseline * (1 - baseline) + fallen * (1 - fallen)
    return math.ceil(_Z**2 * variance / (baseline * fall) ** 2)


def smallest_fall(baseline: float, offered: int, held_out: int) -> float | None:
    """The smallest relative fall that two arms can see; None if they could not see churn fall to nothing.

    It solves the formula of `needed`, with an arm's own number of customers each, for the difference.

    Parameters
    ----------
    baseline : float
        Share of leavers without an offer, above 0 and below 1.
    offered, held_out : int
        Customers of the arms.

    Raises
    ------
    CampaignError
        The baseline is out of its range.
    """
    _check_baseline(baseline)
    if offered < 1 or held_out < 1:
        return None
    square = 1 + _Z**2 / offered
    linear = _Z**2 * (1 - 2 * baseline) / offered
    constant = -(_Z**2) * baseline * (1 - baseline) * (1 / held_out + 1 / offered)
    difference = (-linear + math.sqrt(linear**2 - 4 * square * constant)) / (2 * square)
    return difference / baseline if difference <= baseline else None


def can_be_seen(fall: float, baseline: float, offered: int, held_out: int) -> bool:
    """Whether two arms can see a relative fall; a goal that cannot be seen is `NOT_YET_KNOWN`."""
    smallest = smallest_fall(baseline, offered, held_out)
    return smallest is not None and fall >= smallest


def in_words(fall: float, baseline: float, offered: int, held_out: int) -> str:
    """What a fall needs and what the arms can see, in two sentences.

    Raises
    ------
    CampaignError
        A share is out of its range.
    """
    asked = needed_in_words(fall, baseline)
    smallest = smallest_fall(baseline, offered, held_out)
    arms = f"With {offered:,} offered and {held_out:,} held out"
    if smallest is None:
        return f"{asked} {arms}, no fall can be seen: whether it worked stays {NOT_YET_KNOWN}."
    seen = f"{arms}, a fall of {smallest:.1%} or more can be seen"
    return (
        f"{asked} {seen}." if fall >= smallest else f"{asked} {seen}: the goal will read {NOT_YET_KNOWN!r}."
    )


def needed_in_words(fall: float, baseline: float) -> str:
    """What a fall needs, in a sentence; raises as `needed`."""
    arm = needed(baseline, fall)
    return f"To see churn fall by {fall:.1%} from {baseline:.1%} you need {arm:,} customers an arm."


def _check_baseline(baseline: float) -> None:
    if not 0 < baseline < 1:
        raise CampaignError(
            f"churn of {baseline:g} cannot be; give a share above 0 and below 1, such as 0.06"
        )

"""How many customers the telecom has, and what share leaves, since its founding."""

from __future__ import annotations

from data.simulation.parameters import Base
from data.simulation.timeline import FOUNDED_MONTHS_BEFORE

QUARTER_DAYS = 90


def relative_size(months_open: int, base: Base) -> float:
    """Return the planned customers after so many whole months, relative to the last observation date."""
    if months_open <= base.peak_month:
        return base.first_month + (base.peak - base.first_month) * (months_open - 1) / (base.peak_month - 1)
    shrunk = (months_open - base.peak_month) / (FOUNDED_MONTHS_BEFORE - base.peak_month)
    return base.peak + (1.0 - base.peak) * shrunk


def planned_at_cohort(customers: int, gap_days: int, base: Base) -> int:
    """Return how many customers must be there for `customers` and some spare ones to stay through the gap."""
    stay: float = (1.0 - base.gap_loss) ** (gap_days / 30)
    return round((customers * (1.0 + base.spare) + base.spare_customers) / stay)


def quarter_churn(months_open: int, base: Base) -> float:
    """Return the share of a cohort that leaves in the 90 days after its gap: it grows in the first months."""
    grown = min(1.0, base.first_churn + (1.0 - base.first_churn) * months_open / base.months_to_full_churn)
    return base.quarter_churn * grown


def churn_within(horizon_days: int, base: Base) -> float:
    """Return the share that leaves in a window of another length, at the same speed."""
    stay: float = (1.0 - base.quarter_churn) ** (horizon_days / QUARTER_DAYS)
    return 1.0 - stay

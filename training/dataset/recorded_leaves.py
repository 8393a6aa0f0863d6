"""Whether the leaves in a cohort's window were recorded at all.

Where leaving is recorded only from some day on, those who left before are not in the base. Every window
before that day then holds customers who stayed, and nobody else.
"""

from __future__ import annotations

import pandas as pd

from training.dataset.history import History

LEAST_EXPECTED = 10.0
"""Leaves that must be missing before their absence is told: by chance, once in 20,000 times."""
DAY = 86_400
FEW = 0.1
"""A window with less than this share of the leaves that are usual in this base was hardly recorded."""


def unrecorded(
    history: History, window: tuple[pd.Timestamp, pd.Timestamp], declared: pd.Timestamp | None
) -> str | None:
    """Say why leaves in a window were not recorded; None if they were, as far as the base shows.

    Parameters
    ----------
    history : History
    window : tuple of Timestamp
        Start and end, UTC.
    declared : Timestamp or None
        From when on leaves are recorded; without it, that is inferred. The base is silent before its first
        leave: is that longer than any later pause, and would at least :data:`LEAST_EXPECTED` leaves be
        expected in it at the later rate?
    """
    start, end = window
    if declared is not None:
        if start >= declared:
            return None
        return f"its window begins {start.date()}, and leaves are recorded from {declared.date()} on"
    leaves = history.left["event_timestamp"]
    if leaves.empty:
        return None
    first, silent_until = leaves.min(), min(leaves.min(), end)
    if silent_until - start > _longest_pause(history):
        missing = _expected(history, start, silent_until)
        if missing >= LEAST_EXPECTED:
            return (
                f"no leave is recorded before {first.date()}, where about {missing:.0f} would be expected "
                f"between {start.date()} and {silent_until.date()} at the later rate"
            )
    found, usual = int(((leaves > start) & (leaves <= end)).sum()), _expected(history, start, end)
    if usual >= LEAST_EXPECTED and found < FEW * usual:
        return (
            f"{found} leaves are recorded between {start.date()} and {end.date()}, where about {usual:.0f} "
            "would be usual in this base"
        )
    return None


def _longest_pause(history: History) -> pd.Timedelta:
    days = history.left["event_timestamp"].sort_values()
    pauses = [*days.diff().dropna(), history.data_until - days.iloc[-1]]
    return pd.Timedelta(max(pauses))


def _expected(history: History, start: pd.Timestamp, end: pd.Timestamp) -> float:
    """Leaves in a span at the rate since the first recorded one, among those who had joined by its end."""
    since = _customer_days(history, history.left["event_timestamp"].min(), history.data_until)
    return len(history.left) * _customer_days(history, start, end) / since if since > 0 else 0.0


def _customer_days(history: History, start: pd.Timestamp, end: pd.Timestamp) -> float:
    began, left = history.stays["event_timestamp"], history.stays["left"]
    came = (began - start).dt.total_seconds().clip(lower=0.0)
    went = (left.fillna(end) - start).dt.total_seconds().clip(upper=(end - start).total_seconds())
    return float((went - came).clip(lower=0.0).sum()) / DAY

"""Cohorts: who was a customer at an observation date, and whether they left in the window after it.

For an observation date ``t`` (00:00 UTC), a gap and a horizon, both in days:

* in the cohort: joined, and known to us, at or before ``t``, and not left at or before ``t``;
* who came back is in a new stay: it begins with the return, and its end alone is the label;
* left in ``(t, t + gap]``: neither label, because no campaign could have reached them;
* left in ``(t + gap, t + gap + horizon]``: churned, or neither label where the customer did not decide it;
* was offered something that acts in the window: neither label by default, see ``offers_in_force``;
* a window that ends after the lake does: no label, so the date cannot be used.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from training.dataset.history import VOLUNTARY, History
from training.dataset.offers_in_force import clean_customers
from training.dataset.recorded_leaves import unrecorded
from training.errors import CohortError
from training.settings.cohorts import CohortSettings


@dataclass(frozen=True)
class CohortLog:
    """What one observation date gave: dates (UTC, ISO 8601) and counts of customers.

    Who was active left in the gap, left involuntarily in the window, was under an offer, or has a label.
    """

    observation_date: str
    window_start: str | None
    window_end: str | None
    active: int
    left_in_gap: int
    labelled: int
    churned: int
    left_involuntarily: int = 0
    under_offer: int = 0

    def to_json(self) -> dict[str, Any]:
        """Plain values for reports and model metadata."""
        return asdict(self)


@dataclass(frozen=True)
class Cohorts:
    """Entity rows with labels, and a log per observation date.

    Attributes
    ----------
    rows : DataFrame, columns customerID, event_timestamp, churned
        One row per customer and observation date; ``event_timestamp`` is the observation date (UTC),
        ``churned`` is 0 or 1. Ordered by observation date, then customerID.
    logs : tuple of CohortLog
    notes : tuple of str
        Why an observation date of the settings is no cohort.
    """

    rows: pd.DataFrame
    logs: tuple[CohortLog, ...]
    notes: tuple[str, ...] = ()


def build_cohorts(history: History, settings: CohortSettings) -> Cohorts:
    """Entity rows and labels for every observation date of the settings.

    Raises
    ------
    CohortError
        When no observation date can be used, or the labels have one class only.
    """
    notes: tuple[str, ...] = ()
    if history.labels_given:
        parts = [_given_cohort(history)]
    else:
        dates, notes = _usable(history, settings)
        parts = [_dated_cohort(history, date, settings) for date in dates]
    rows = pd.concat([rows for rows, _ in parts], ignore_index=True)
    logs = tuple(log for _, log in parts)
    left_out = tuple(note for log in logs for note in _left_out(log, settings))
    if rows["churned"].nunique() < 2:
        raise CohortError(
            f"base {history.base}: {len(rows)} labelled rows, {int(rows['churned'].sum())} churned; "
            "a classifier needs customers who stayed and customers who left"
            + "".join(f"; {note}" for note in left_out)
        )
    return Cohorts(rows, logs, (*notes, *left_out))


def _left_out(log: CohortLog, settings: CohortSettings) -> Iterator[str]:
    """Say how many customers of a cohort have no label although their window was seen."""
    day = log.observation_date[:10]
    if log.under_offer:
        yield (
            f"{log.under_offer} of {log.active} customers of the cohort of {day} "
            f"({log.under_offer / log.active:.1%}) were under an offer, so what they did is no label "
            f"(cohorts.treated: {settings.treated})"
        )
    if log.left_involuntarily:
        yield (
            f"{log.left_involuntarily} of {log.active} customers of the cohort of {day} "
            f"({log.left_involuntarily / log.active:.1%}) left involuntarily, which is no label"
        )


def dated_rows(history: History, dates: Sequence[pd.Timestamp], settings: CohortSettings) -> pd.DataFrame:
    """Entity rows and labels of observation dates, as in :class:`Cohorts`; both kinds need not be there."""
    return pd.concat([_dated_cohort(history, date, settings)[0] for date in dates], ignore_index=True)


def _usable(history: History, settings: CohortSettings) -> tuple[list[pd.Timestamp], tuple[str, ...]]:
    """The observation dates whose customers and leaves are known, and why others are no cohort."""
    dates = observation_dates(history, settings)
    if not dates:
        raise CohortError(f"base {history.base}: nobody had joined by an observation date")
    reasons = {date: _unknown(date, history) or _unrecorded(date, history, settings) for date in dates}
    notes = tuple(f"{date.date()} is no cohort: {reason}" for date, reason in reasons.items() if reason)
    if notes and (settings.dates or len(notes) == len(dates)):
        raise CohortError(f"base {history.base}: {'; '.join(notes)}")
    return [date for date in dates if reasons[date] is None], notes


def _unknown(date: pd.Timestamp, history: History) -> str | None:
    """Say that nobody was known at a date, as where an extract gives its own day to every row."""
    learned = history.joined["created_timestamp"]
    if (learned[history.joined["event_timestamp"] <= date] <= date).any():
        return None
    return (
        f"no row of demographics was known by then, because all {len(learned)} were learned from "
        f"{learned.min().date()} to {learned.max().date()}; if that is the day of the export, write into "
        "created_timestamp when each row became known, such as its event_timestamp, and load again"
    )


def _unrecorded(date: pd.Timestamp, history: History, settings: CohortSettings) -> str | None:
    declared = settings.leaves_recorded_from
    reason = unrecorded(
        history, _window(date, settings), None if declared is None else pd.Timestamp(declared, tz="UTC")
    )
    if reason is None:
        return None
    return (
        f"{reason}; name later dates in cohorts.dates, or in cohorts.leaves_recorded_from the day from which "
        "on leaves are recorded"
    )


def _window(date: pd.Timestamp, settings: CohortSettings) -> tuple[pd.Timestamp, pd.Timestamp]:
    start = date + pd.Timedelta(days=settings.gap_days)
    return start, start + pd.Timedelta(days=settings.horizon_days)


def observation_dates(history: History, settings: CohortSettings) -> list[pd.Timestamp]:
    """Observation dates, ascending, UTC midnight.

    Of the dates that are counted back, those before anybody had joined drop out.

    Raises
    ------
    CohortError
        When the window of a date in ``settings.dates`` is not over yet at ``history.data_until``, or the date
        lies before the first join.
    """
    window = pd.Timedelta(days=settings.gap_days + settings.horizon_days)
    dates = [pd.Timestamp(day, tz="UTC") for day in settings.dates]
    for date in dates:
        _refuse_unusable(date, window, history)
    counted = _month_starts(history.data_until - window, settings.count, settings.every_months)
    return sorted(dates or [date for date in counted if (history.joined["event_timestamp"] < date).any()])


def _had_joined(history: History, date: pd.Timestamp) -> bool:
    return bool((history.joined["event_timestamp"] <= date).any())


def _month_starts(latest: pd.Timestamp, count: int, every_months: int) -> list[pd.Timestamp]:
    last = latest.normalize().replace(day=1)
    return [last - pd.DateOffset(months=every_months * step) for step in range(count)]


def _refuse_unusable(date: pd.Timestamp, window: pd.Timedelta, history: History) -> None:
    if date + window > history.data_until:
        raise CohortError(
            f"observation date {date.date()}: its window ends {(date + window).date()}, after the lake does "
            f"({history.data_until.date()}); leave it out of cohorts.dates"
        )
    if not _had_joined(history, date):
        raise CohortError(
            f"observation date {date.date()}: no customer had joined by then; leave it out of cohorts.dates"
        )


def _dated_cohort(
    history: History, date: pd.Timestamp, settings: CohortSettings
) -> tuple[pd.DataFrame, CohortLog]:
    start, end = _window(date, settings)
    stays = history.stays[(history.stays[["event_timestamp", "created_timestamp"]] <= date).all(axis=1)]
    known = stays.sort_values("event_timestamp").drop_duplicates("customerID", keep="last")
    left = known["left"]
    # A leave that was learned late still took place: such a customer is no longer at risk at `date`.
    active = left.isna() | (left > date)
    in_gap = active & (left > date) & (left <= start)
    in_window = active & (left > start) & (left <= end)
    involuntary = in_window & known["reason"].ne(VOLUNTARY)
    candidates = active & ~in_gap & ~involuntary
    clean = known["customerID"].isin(
        clean_customers(history.offers, known["customerID"], (date, end), settings)
    )
    labelled = candidates & clean
    churned = labelled & in_window
    rows = _entity_rows(known["customerID"][labelled], date, churned[labelled])
    log = CohortLog(
        date.isoformat(),
        start.isoformat(),
        end.isoformat(),
        active=int(active.sum()),
        left_in_gap=int(in_gap.sum()),
        labelled=len(rows),
        churned=int(rows["churned"].sum()),
        left_involuntarily=int(involuntary.sum()),
        under_offer=int((candidates & ~clean).sum()),
    )
    return rows, log


def _given_cohort(history: History) -> tuple[pd.DataFrame, CohortLog]:
    """The cohort of the latest file that said who churned."""
    if history.labels.empty:
        raise CohortError(f"base {history.base}: no file said who churned; load one with a column Churn")
    date = pd.Timestamp(history.labels["event_timestamp"].max())
    labels = history.labels[history.labels["event_timestamp"] == date]
    rows = _entity_rows(labels["customerID"], date, labels["Churn"].eq("Yes"))
    churned = int(rows["churned"].sum())
    return rows, CohortLog(date.isoformat(), None, None, len(rows), 0, len(rows), churned)


def _entity_rows(customers: pd.Series, date: pd.Timestamp, churned: pd.Series) -> pd.DataFrame:
    rows = pd.DataFrame(
        {
            "customerID": customers.to_numpy(),
            "event_timestamp": pd.Series(date, index=range(len(customers))).dt.as_unit("us"),
            "churned": churned.to_numpy().astype("int64"),
        }
    )
    return rows.sort_values("customerID", ignore_index=True)

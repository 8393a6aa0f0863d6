"""Cohorts of a telecom that is younger than the settings suppose: fewer of them, and a shorter window."""

from __future__ import annotations

import pandas as pd

from training.dataset.cohorts import dated_rows, observation_dates
from training.dataset.history import History
from training.dataset.split import least_of_each_kind
from training.errors import CohortError
from training.settings.cohorts import CohortSettings
from training.settings.settings import Settings
from training.settings.split import SplitSettings

MONTH = 30
"""Days by which a window is shortened, and the shortest one: bills come once a month."""


def suited_to(history: History, settings: Settings) -> tuple[Settings, tuple[str, ...]]:
    """The settings with a window that the history is long enough for, and a note if that is another one.

    The longest window is taken whose cohorts have customers enough of each kind; where none has, the longest
    that has a cohort at all.

    Raises
    ------
    CohortError
        When the history is too young for any cohort: since when it runs, and from which day on it can train.
    """
    wanted = settings.cohorts
    if history.labels_given or wanted.dates:
        return settings, ()
    if len(observation_dates(history, wanted)) == wanted.count:
        return settings, ()
    shorter = range(wanted.horizon_days - MONTH, MONTH - 1, -MONTH)
    windows = [wanted.model_copy(update={"horizon_days": days}) for days in (wanted.horizon_days, *shorter)]
    possible = [window for window in windows if observation_dates(history, window)]
    if not possible:
        raise CohortError(_too_young(history, wanted, windows[-1]))
    chosen = next((window for window in possible if _enough(history, window, settings.split)), possible[0])
    return settings.model_copy(update={"cohorts": chosen}), (_note(history, wanted, chosen),)


def _enough(history: History, window: CohortSettings, split: SplitSettings) -> bool:
    rows = dated_rows(history, observation_dates(history, window), window)
    ever = rows.groupby("customerID")["churned"].max()
    return bool(min(ever.sum(), len(ever) - ever.sum()) >= least_of_each_kind(split))


def _note(history: History, wanted: CohortSettings, chosen: CohortSettings) -> str:
    dates = observation_dates(history, chosen)
    one = len(dates) == 1
    return (
        f"the history runs from {_first(history).date()} to {history.data_until.date()}, too young for "
        f"{wanted.count} cohorts with a window of {wanted.horizon_days} days; trained on {len(dates)} "
        f"cohort{'' if one else 's'} ({', '.join(str(date.date()) for date in dates)}) with a window of "
        f"{chosen.horizon_days} days"
    )


def _too_young(history: History, wanted: CohortSettings, shortest: CohortSettings) -> str:
    if history.joined.empty:
        return f"base {history.base}: nobody has joined; load the table demographics"
    first, until = _first(history), history.data_until
    date = _month_start_after(first)
    least, whole = (date + pd.Timedelta(days=one.gap_days + one.horizon_days) for one in (shortest, wanted))
    return (
        f"base {history.base}: the history runs from {first.date()} to {until.date()} "
        f"({(until - first).days} days), too young to train on. A cohort needs customers who joined before "
        f"the first of a month, {wanted.gap_days} days of gap after it, and a window of at least "
        f"{shortest.horizon_days} days: load an edition of {least.date()} or later, or one of "
        f"{whole.date()} for the {wanted.horizon_days} days of cohorts.horizon_days"
    )


def _first(history: History) -> pd.Timestamp:
    return pd.Timestamp(history.joined["event_timestamp"].min())


def _month_start_after(moment: pd.Timestamp) -> pd.Timestamp:
    """The first month start, 00:00 UTC, after a moment."""
    return moment.normalize().replace(day=1) + pd.DateOffset(months=1)

"""Which rows a run of materialize reads: from when, and until when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from serving.errors import MaterializeError
from serving.features.materialize_members import News

# Rows may be learned weeks after they became true. If a source cannot say which rows are new since the last
# run, two months cover every late row of the monthly tables.
OVERLAP = timedelta(days=62)
_MICROSECOND = timedelta(microseconds=1)
_FIRST = datetime(1970, 1, 1, tzinfo=UTC)


def choose_end(end: datetime | None, data_until: datetime, now: datetime) -> datetime:
    """Moment up to which rows are read, UTC.

    Parameters
    ----------
    end : datetime or None
        What was asked for, with a time zone; None for all that the lake holds.
    data_until : datetime
        Moment after which the lake holds nothing.
    now : datetime
        The present.

    Raises
    ------
    MaterializeError
        `end` has no time zone, or is in the future: the next run would skip rows that arrive until then.
    """
    if end is None:
        return min(data_until, now).astimezone(UTC)
    if end.tzinfo is None:
        raise MaterializeError(f"The end {end.isoformat()} has no time zone; add one, such as +00:00.")
    if end > now:
        raise MaterializeError(
            f"The end {end.isoformat()} lies in the future; now is {now.isoformat(timespec='seconds')}."
        )
    return end.astimezone(UTC)


def just_after(moment: datetime) -> datetime:
    """Start of what is read where nothing is new."""
    return moment + _MICROSECOND


def first_start(end: datetime, ttl: timedelta | None) -> datetime:
    """Earliest event timestamp that is within the TTL at `end`; 1970 where nothing expires."""
    return end - ttl if ttl else _FIRST


def choose_start(
    end: datetime, ttl: timedelta | None, previous_end: datetime | None, news: News | None
) -> datetime:
    """Earliest event timestamp to read.

    Parameters
    ----------
    end : datetime
        Moment up to which rows are read.
    ttl : timedelta or None
        TTL of the view.
    previous_end : datetime or None
        Where the last run ended; None when the store does not hold every row within the TTL up to there.
    news : News or None
        What is new since `previous_end`; None if the source cannot be asked.

    Returns
    -------
    datetime
        For a first run, `end` less the TTL. Else the earliest of the new rows, or just after `end` if there
        is none. A source that cannot be asked is read from `OVERLAP` before the last run's end. Never before
        `end` less the TTL.
    """
    start = first_start(end, ttl)
    if previous_end is None:
        return start
    if news is None:
        return max(start, min(previous_end, end) - OVERLAP)
    return max(start, just_after(end) if news.earliest is None else news.earliest)

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.simulation.timeline import (
    Timeline,
    day_number,
    first_day,
    last_observation,
    length,
    month_number,
)


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        # 30 + 90 days after 1 July is 29 October; after 1 August it would be 29 November.
        (date(2026, 11, 1), date(2026, 7, 1)),
        # 1 November 2026 and 120 days is exactly 1 March 2027.
        (date(2027, 3, 1), date(2026, 11, 1)),
        (date(2027, 2, 1), date(2026, 10, 1)),
    ],
)
def test_the_last_observation_date_has_its_whole_window_before_the_end(end: date, expected: date) -> None:
    assert first_day(last_observation(end, 30, 90)) == expected


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.integers(0, 180), st.integers(1, 365))
def test_no_later_month_would_do(end: date, gap: int, horizon: int) -> None:
    month, window = last_observation(end, gap, horizon), timedelta(days=gap + horizon)
    assert first_day(month) + window <= end < first_day(month + 1) + window


@given(st.dates(date(1971, 1, 1), date(2090, 1, 1)))
def test_months_and_days_count_from_1970(day: date) -> None:
    month = month_number(day)
    assert first_day(month) == day.replace(day=1)
    assert day_number(first_day(month)) + length(month) == day_number(first_day(month + 1))


def test_the_telecom_opened_72_months_before_the_last_observation_date() -> None:
    timeline = Timeline(date(2026, 11, 1), 36, 30, 90)
    assert first_day(timeline.start_month) == date(2023, 11, 1)
    assert first_day(timeline.founding_month) == date(2020, 7, 1)
    assert timeline.gap_end_day == day_number(date(2026, 7, 31))
    assert timeline.end_us == day_number(date(2026, 11, 1)) * 86_400_000_000

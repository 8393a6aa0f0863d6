from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from data.errors import InputError
from data.simulation.settings import Settings, parse_end

TODAY = date(2026, 11, 24)
GOOD: dict[str, Any] = {"customers": 7043, "months": 36, "seed": 7, "end": date(2026, 11, 1)}


def test_the_base_is_named_by_what_makes_it() -> None:
    assert Settings(**GOOD).base == "simulated-7043x36-seed7-20261101"
    other = Settings(**GOOD, gap_days=0, horizon_days=60)
    assert other.base == "simulated-7043x36-seed7-20261101-gap0-horizon60"
    assert other.data_until == datetime(2026, 11, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"customers": 99}, "--customers 99 is not between 100 and 5,000,000."),
        ({"seed": -1}, "--seed -1 is not between 0 and"),
        ({"gap_days": -1}, "--gap-days -1 is not between 0 and 180."),
        ({"horizon_days": 0}, "--horizon-days 0 is not between 1 and 365."),
        ({"months": 7}, "--months 7 is not between 8 and 76."),
        ({"months": 77}, "--months 77 is not between 8 and 76."),
        ({"end": date(2026, 10, 2)}, "--end 2026-10-02 is no month's first day; write it as 2026-10-01."),
        ({"end": date(1979, 1, 1)}, "--end 1979-01-01 is before 1980-01-01."),
    ],
)
def test_the_impossible_is_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as caught:
        Settings(**(GOOD | wrong))
    assert str(caught.value).startswith(message)


def test_the_end_is_by_default_the_first_day_of_the_current_month() -> None:
    assert parse_end(None, TODAY) == date(2026, 11, 1)
    assert parse_end("2026-10-01", TODAY) == date(2026, 10, 1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("2026-12-01", "--end 2026-12-01 is in the future; the latest is 2026-11-01."),
        ("soon", "--end 'soon' is no date; write it as 2026-11-01."),
        ("20261101", "--end '20261101' is no date; write it as 2026-11-01."),
    ],
)
def test_an_end_that_is_none_is_refused(text: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_end(text, TODAY)
    assert str(caught.value) == message

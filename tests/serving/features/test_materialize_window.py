from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pyarrow as pa
import pytest
from house import at

from serving.errors import MaterializeError
from serving.features.materialize_members import News
from serving.features.materialize_window import OVERLAP, choose_end, choose_start, first_start

END = at("2026-03-01")
TTL = timedelta(days=300)


def test_the_end_is_where_the_lake_ends_unless_that_is_still_to_come() -> None:
    assert choose_end(None, at("2026-01-01"), END) == at("2026-01-01")
    assert choose_end(None, at("2026-11-01"), END) == END


def test_an_end_that_is_asked_for_is_taken_as_utc() -> None:
    bogota = datetime(2026, 2, 1, 19, tzinfo=timezone(timedelta(hours=-5)))
    assert choose_end(bogota, at("2026-01-01"), END) == at("2026-02-02")
    assert choose_end(bogota, at("2026-01-01"), END).tzinfo is UTC
    assert choose_end(END, at("2026-01-01"), END) == END


def test_an_end_in_the_future_is_refused() -> None:
    with pytest.raises(MaterializeError, match=r"00:00:01\+00:00 lies in the future; now is 2026-03-01"):
        choose_end(END + timedelta(seconds=1), at("2026-01-01"), END)


def test_an_end_without_a_time_zone_is_refused() -> None:
    with pytest.raises(MaterializeError, match="2026-01-01T00:00:00 has no time zone"):
        choose_end(datetime(2026, 1, 1), at("2026-01-01"), END)


def test_a_first_run_reads_the_whole_ttl_or_everything() -> None:
    assert choose_start(END, TTL, None, None) == END - TTL
    assert first_start(END, timedelta(0)) == first_start(END, None) == datetime(1970, 1, 1, tzinfo=UTC)


PREVIOUS = at("2026-02-01")


def news(earliest: datetime | None) -> News:
    return News(pa.array([] if earliest is None else ["a"], pa.string()), earliest)


def test_a_source_that_cannot_be_asked_is_read_from_before_the_earlier_of_both_ends() -> None:
    assert choose_start(END, TTL, PREVIOUS, None) == PREVIOUS - OVERLAP
    assert choose_start(PREVIOUS, TTL, END, None) == PREVIOUS - OVERLAP


def test_nothing_new_is_told_from_a_source_that_cannot_be_asked() -> None:
    assert choose_start(END, TTL, PREVIOUS, news(None)) > END


@pytest.mark.parametrize("day", ["2025-07-04", "2026-01-31", "2026-02-15"])
def test_a_later_run_starts_at_the_first_new_row(day: str) -> None:
    assert choose_start(END, TTL, PREVIOUS, news(at(day))) == at(day)


def test_no_row_older_than_the_ttl_is_read() -> None:
    ttl = timedelta(days=10)
    assert choose_start(END, ttl, at("2026-02-28"), news(at("2020-01-01"))) == END - ttl
    assert choose_start(END, ttl, at("2025-02-28"), None) == END - ttl

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from house import at

from serving.errors import MaterializeError
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


def test_a_later_run_goes_back_by_the_overlap_from_the_earlier_of_both_ends() -> None:
    previous = at("2026-02-01")
    assert choose_start(END, TTL, previous, None) == previous - OVERLAP
    assert choose_start(previous, TTL, END, None) == previous - OVERLAP


def test_a_row_that_came_later_than_the_overlap_moves_the_start_back_to_it() -> None:
    previous = at("2026-02-01")
    assert choose_start(END, TTL, previous, at("2025-07-04")) == at("2025-07-04")
    assert choose_start(END, TTL, previous, at("2026-01-31")) == previous - OVERLAP


def test_no_row_older_than_the_ttl_is_read() -> None:
    assert choose_start(END, timedelta(days=10), at("2026-02-28"), at("2020-01-01")) == END - timedelta(
        days=10
    )

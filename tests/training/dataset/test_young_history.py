from __future__ import annotations

import pandas as pd
import pytest
from shipped_settings import changed, default_settings

from training.dataset.cohorts import build_cohorts
from training.dataset.history import History
from training.dataset.young_history import suited_to
from training.errors import CohortError

DEFAULT = default_settings()
END = pd.Timestamp("2026-11-01", tz="UTC")


def rows(events: list[tuple[str, pd.Timestamp]]) -> pd.DataFrame:
    frame = pd.DataFrame(events, columns=["customerID", "event_timestamp"])
    frame["event_timestamp"] = pd.to_datetime(frame["event_timestamp"], utc=True).astype(
        "datetime64[us, UTC]"
    )
    return frame.assign(created_timestamp=frame["event_timestamp"])


def telecom(months: int, customers: int = 400) -> History:
    """One that began some months ago: customers join evenly, and every third leaves after 10 to 90 days."""
    start = END - pd.DateOffset(months=months) + pd.Timedelta(hours=12)
    step = (END - start) / customers
    joined = [(f"c{number:04d}", start + number * step) for number in range(customers)]
    left = [(name, day + pd.Timedelta(days=10 + 7 * at % 80)) for at, (name, day) in enumerate(joined[::3])]
    left = [(name, day) for name, day in left if day <= END]
    labels = rows([]).assign(Churn=[])
    return History("young", "history", False, END, rows(joined), rows(left), labels)


@pytest.mark.parametrize(
    ("months", "horizon", "dates"),
    [
        (3, 30, ["2026-09-01"]),
        (5, 90, ["2026-07-01"]),
        (8, 90, ["2026-04-01", "2026-07-01"]),
        (12, 90, ["2026-04-01", "2026-07-01"]),
    ],
)
def test_a_young_telecom_has_the_cohorts_that_its_history_allows(months, horizon, dates):
    history = telecom(months)
    suited, notes = suited_to(history, DEFAULT)
    assert suited.cohorts == changed(DEFAULT.cohorts, horizon_days=horizon)
    cohorts = build_cohorts(history, suited.cohorts)
    assert [log.observation_date[:10] for log in cohorts.logs] == dates
    assert all(log.window_end <= END.isoformat() for log in cohorts.logs)
    assert bool(notes) == (len(dates) < 2)


def test_what_was_done_is_one_line_with_the_dates():
    _, [note] = suited_to(telecom(3), DEFAULT)
    assert note == (
        "the history runs from 2026-08-01 to 2026-11-01, too young for 2 cohorts with a window of 90 days; "
        "trained on 1 cohort (2026-09-01) with a window of 30 days"
    )


def test_a_window_with_too_few_leavers_gives_way_to_a_shorter_one_of_more_customers():
    # Of those who had joined by the first of July too few left: the window of 60 days begins a month later.
    history = telecom(5, customers=240)
    assert build_cohorts(history, DEFAULT.cohorts).logs[0].churned < 8
    suited, [note] = suited_to(history, DEFAULT)
    assert suited.cohorts.horizon_days == 60
    assert "(2026-08-01) with a window of 60 days" in note


def test_where_no_window_has_enough_the_longest_stays_and_the_split_says_what_is_missing():
    suited, _ = suited_to(telecom(5, customers=20), DEFAULT)
    assert suited.cohorts == DEFAULT.cohorts


@pytest.mark.parametrize("months", [1, 2])
def test_too_young_for_any_cohort_says_from_when_on_it_can_train(months):
    history = telecom(months)
    with pytest.raises(CohortError) as refused:
        suited_to(history, DEFAULT)
    message = str(refused.value)
    start = {1: "2026-10-01", 2: "2026-09-01"}[months]
    first, whole = {1: ("2026-12-31", "2027-03-01"), 2: ("2026-11-30", "2027-01-29")}[months]
    assert f"runs from {start} to 2026-11-01" in message
    assert f"load an edition of {first} or later, or one of {whole} for the 90 days" in message


def test_named_dates_and_a_window_that_is_short_already_stay():
    named = DEFAULT.model_copy(update={"cohorts": changed(DEFAULT.cohorts, dates=("2026-07-01",))})
    assert suited_to(telecom(5), named) == (named, ())
    short = DEFAULT.model_copy(update={"cohorts": changed(DEFAULT.cohorts, horizon_days=20)})
    suited, [note] = suited_to(telecom(3), short)
    assert suited == short
    assert "trained on 1 cohort (2026-09-01) with a window of 20 days" in note

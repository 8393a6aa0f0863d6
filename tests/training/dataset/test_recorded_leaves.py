from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from shipped_settings import changed, default_settings

from training.dataset.cohorts import build_cohorts
from training.dataset.history import History
from training.errors import CohortError

COHORTS = default_settings().cohorts
CASES = Path(__file__).parents[4] / "shared" / "cases" / "hist"
needs_cases = pytest.mark.skipif(
    not CASES.is_dir(), reason="the cases are not beside the project (../shared/cases)"
)


def history(joined: pd.DataFrame, left: pd.DataFrame, until: str = "2026-11-01") -> History:
    none = pd.DataFrame(columns=["customerID", "event_timestamp", "created_timestamp", "Churn"])
    return History("hand", "history", False, pd.Timestamp(until, tz="UTC"), joined, left, none)


def of_case(name: str) -> History:
    columns = ["customerID", "event_timestamp", "created_timestamp"]
    joined, left = (
        pd.read_parquet(CASES / name / f"{table}.parquet", columns=columns)
        for table in ("demographics", "churn_events")
    )
    first = joined.sort_values(columns).drop_duplicates("customerID", ignore_index=True)
    return history(first, left)


def steady(customers: int = 600, days: int = 600) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One customer leaves a day, from the first day on until 2026-11-01; nobody joins later."""
    names = [f"c{number:04d}" for number in range(customers)]
    start = pd.Timestamp("2026-11-01", tz="UTC") - pd.Timedelta(days=days)
    joined = pd.DataFrame({"customerID": names, "event_timestamp": start - pd.Timedelta(days=1)})
    left = pd.DataFrame(
        {"customerID": names[:days], "event_timestamp": pd.date_range(start, periods=days, freq="D")}
    )
    return (table.assign(created_timestamp=table["event_timestamp"]) for table in (joined, left))


def since(day: str) -> History:
    """The steady base, of which only those who left since a day, or are still there, are recorded."""
    joined, left = steady()
    kept = left[left["event_timestamp"] >= pd.Timestamp(day, tz="UTC")]
    gone = set(left["customerID"]) - set(kept["customerID"])
    return history(
        joined[~joined["customerID"].isin(gone)].reset_index(drop=True), kept.reset_index(drop=True)
    )


def dates(cohorts) -> list[str]:
    return [log.observation_date[:10] for log in cohorts.logs]


@needs_cases
def test_a_cohort_from_before_leaving_was_recorded_is_none():
    cohorts = build_cohorts(of_case("h44_leavers_since_31_july_only"), COHORTS)
    assert dates(cohorts) == ["2026-07-01"]
    [note] = cohorts.notes
    assert note.startswith("2026-04-01 is no cohort: no leave is recorded before 2026-07-31, where about ")
    assert "expected between 2026-05-01 and 2026-07-30" in note
    assert build_cohorts(of_case("h00_ok"), COHORTS).notes == ()


@needs_cases
def test_an_extract_that_learned_everything_on_its_own_day_is_told():
    with pytest.raises(
        CohortError, match="2026-07-01 is no cohort: no row of demographics was known"
    ) as told:
        build_cohorts(of_case("h37_all_learned_at_export"), COHORTS)
    assert "all 789 were learned from 2026-11-01 to 2026-11-01" in str(told.value)
    assert "write into created_timestamp when each row became known" in str(told.value)


def test_a_window_that_was_recorded_in_part_is_no_cohort():
    # The window of 2026-04-01 is 2026-05-01 to 2026-07-30.
    whole, part = (build_cohorts(since(day), COHORTS) for day in ("2026-04-25", "2026-06-01"))
    assert dates(whole) == ["2026-04-01", "2026-07-01"]
    assert whole.notes == ()
    assert dates(part) == ["2026-07-01"]
    assert "no leave is recorded before 2026-06-01" in part.notes[0]


def test_a_date_that_the_settings_name_ends_the_run():
    named = changed(COHORTS, dates=("2026-04-01", "2026-07-01"))
    with pytest.raises(CohortError, match="2026-04-01 is no cohort: no leave is recorded before 2026-07-31"):
        build_cohorts(since("2026-07-31"), named)


def test_a_declared_day_counts_instead_of_what_is_inferred():
    declared = changed(COHORTS, leaves_recorded_from="2026-05-02")
    cohorts = build_cohorts(since("2026-04-25"), declared)
    assert dates(cohorts) == ["2026-07-01"]
    assert "its window begins 2026-05-01, and leaves are recorded from 2026-05-02 on" in cohorts.notes[0]
    earlier = changed(COHORTS, leaves_recorded_from="2025-01-01")
    assert dates(build_cohorts(since("2026-07-31"), earlier)) == ["2026-04-01", "2026-07-01"]


def test_a_stray_early_leave_does_not_hide_that_a_window_was_hardly_recorded():
    joined, left = steady()
    early = left["event_timestamp"] < pd.Timestamp("2026-07-31", tz="UTC")
    stray = left[early].iloc[[300]]
    kept = pd.concat([stray, left[~early]], ignore_index=True)
    cohorts = build_cohorts(history(joined, kept), COHORTS)
    assert dates(cohorts) == ["2026-07-01"]
    assert "0 leaves are recorded between 2026-05-01 and 2026-07-30, where about" in cohorts.notes[0]


def test_leaves_that_come_once_a_quarter_are_recorded_all_the_same():
    joined, left = steady()
    quarter = pd.to_datetime(["2026-06-15", "2026-09-15"], utc=True)
    few = left.iloc[:120].assign(event_timestamp=[quarter[number % 2] for number in range(120)])
    cohorts = build_cohorts(history(joined, few.assign(created_timestamp=few["event_timestamp"])), COHORTS)
    assert dates(cohorts) == ["2026-04-01", "2026-07-01"]

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from shipped_settings import changed, default_settings

from training.dataset.cohorts import build_cohorts, dated_rows, observation_dates
from training.dataset.history import History
from training.errors import CohortError

WINDOW = changed(default_settings().cohorts, gap_days=30, horizon_days=90, count=1, every_months=3)
OBSERVED = pd.Timestamp("2025-02-01", tz="UTC")


def clocks(rows: list[tuple[str, str, str]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["customerID", "event_timestamp", "created_timestamp"])
    for name in ("event_timestamp", "created_timestamp"):
        frame[name] = pd.to_datetime(frame[name], utc=True).astype("datetime64[us, UTC]")
    return frame


def history(
    joined: list[tuple[str, str, str]], left: list[tuple[str, str, str]], until: str = "2025-06-01"
) -> History:
    labels = clocks([]).assign(Churn=[])
    return History(
        "hand", "history", False, pd.Timestamp(until, tz="UTC"), clocks(joined), clocks(left), labels
    )


def joined(*customers: str) -> list[tuple[str, str, str]]:
    return [(customer, "2024-01-01", "2024-01-01") for customer in customers]


def left(customer: str, day: str) -> tuple[str, str, str]:
    return customer, day, day


def labels(cohorts_rows: pd.DataFrame) -> dict[str, int]:
    return dict(zip(cohorts_rows["customerID"], cohorts_rows["churned"], strict=True))


def test_label_of_every_kind_of_leaver_at_the_edges_of_the_window():
    # Observed 2025-02-01: the gap ends on 2025-03-03, the window on 2025-06-01.
    events = [
        left("on-the-day", "2025-02-01"),
        left("day-after", "2025-02-02"),
        left("gap-end", "2025-03-03"),
        left("window-start", "2025-03-04"),
        left("window-end", "2025-06-01"),
        left("after", "2025-06-02"),
    ]
    names = [event[0] for event in events]
    cohorts = build_cohorts(history(joined("stays", *names), events), WINDOW)
    assert labels(cohorts.rows) == {"after": 0, "stays": 0, "window-start": 1, "window-end": 1}
    assert set(cohorts.rows["event_timestamp"]) == {pd.Timestamp("2025-02-01", tz="UTC")}
    log = cohorts.logs[0]
    assert (log.active, log.left_in_gap, log.labelled, log.churned) == (6, 2, 4, 2)


def test_a_customer_whose_joining_we_learned_late_is_not_in_the_cohort():
    rows = [
        *joined("known", "leaver"),
        ("late", "2025-01-20", "2025-02-03"),
        ("future", "2025-02-02", "2025-02-02"),
    ]
    cohorts = build_cohorts(history(rows, [left("leaver", "2025-04-01")]), WINDOW)
    assert sorted(cohorts.rows["customerID"]) == ["known", "leaver"]


def test_a_leave_that_we_learned_late_still_took_place():
    events = [("gone", "2025-01-15", "2025-02-20"), left("leaver", "2025-04-01")]
    cohorts = build_cohorts(history(joined("gone", "leaver", "stays"), events), WINDOW)
    assert labels(cohorts.rows) == {"leaver": 1, "stays": 0}


def test_a_return_is_a_new_stay_with_its_own_label():
    # Observed 2024-11-01 (window 2024-12-01 to 2025-03-01) and 2025-02-01 (2025-03-03 to 2025-06-01).
    rows = [
        *joined("twice", "back", "away", "told late", "stays"),
        ("twice", "2025-01-15", "2025-01-15"),
        ("back", "2025-01-15", "2025-01-15"),
        ("away", "2025-02-20", "2025-02-20"),
        ("told late", "2025-01-15", "2025-02-02"),
    ]
    events = [left(customer, "2024-12-15") for customer in ("twice", "back", "away", "told late")]
    settings = changed(WINDOW, count=2)
    first, second = (
        frame
        for _, frame in build_cohorts(
            history(rows, [*events, left("twice", "2025-05-01")]), settings
        ).rows.groupby("event_timestamp")
    )
    assert labels(first) == {"twice": 1, "back": 1, "away": 1, "told late": 1, "stays": 0}
    assert labels(second) == {"twice": 1, "back": 0, "stays": 0}


def test_who_left_and_came_back_in_the_gap_has_no_label():
    rows = [*joined("quick", "leaver", "stays"), ("quick", "2025-02-20", "2025-02-20")]
    events = [left("quick", "2025-02-10"), left("leaver", "2025-04-01")]
    cohorts = build_cohorts(history(rows, events), WINDOW)
    assert labels(cohorts.rows) == {"leaver": 1, "stays": 0}
    assert (cohorts.logs[0].active, cohorts.logs[0].left_in_gap) == (3, 1)


def test_two_cohorts_of_one_customer():
    settings = changed(WINDOW, count=2)
    events = [left("leaver", "2025-04-01"), left("early", "2024-12-15")]
    cohorts = build_cohorts(history(joined("leaver", "early", "stays"), events), settings)
    rows = [
        (row.event_timestamp.date().isoformat(), row.customerID, row.churned)
        for row in cohorts.rows.itertuples()
    ]
    assert rows == [
        ("2024-11-01", "early", 1),
        ("2024-11-01", "leaver", 0),
        ("2024-11-01", "stays", 0),
        ("2025-02-01", "leaver", 1),
        ("2025-02-01", "stays", 0),
    ]


@pytest.mark.parametrize(
    ("until", "expected"),
    [("2025-06-01", "2025-02-01"), ("2025-05-31", "2025-01-01"), ("2025-07-01", "2025-03-01")],
)
def test_last_observation_date_is_the_last_month_start_whose_window_is_over(until: str, expected: str):
    dates = observation_dates(history(joined("a"), [], until), WINDOW)
    assert [date.date().isoformat() for date in dates] == [expected]


def test_an_unfinished_window_has_no_label():
    settings = changed(WINDOW, dates=("2025-02-02",))
    with pytest.raises(CohortError, match="window ends 2025-06-02, after the lake does"):
        build_cohorts(history(joined("a"), []), settings)


def test_a_named_date_before_anybody_joined_is_refused():
    settings = changed(WINDOW, dates=("2023-12-01",))
    with pytest.raises(CohortError, match="2023-12-01: no customer had joined by then; leave it out of"):
        build_cohorts(history(joined("a"), []), settings)


def test_dates_that_are_counted_back_end_where_the_first_customer_joined():
    dates = observation_dates(history(joined("a"), []), changed(WINDOW, count=8))
    assert [date.date().isoformat() for date in dates] == [
        *("2024-02-01", "2024-05-01", "2024-08-01", "2024-11-01", "2025-02-01"),
    ]


def test_a_history_in_which_nobody_had_joined_in_time_is_refused():
    late = [("a", "2025-05-01", "2025-05-01")]
    with pytest.raises(CohortError, match="base hand: nobody had joined by an observation date"):
        build_cohorts(history(late, []), WINDOW)


def test_one_class_only_is_refused():
    with pytest.raises(CohortError, match="2 labelled rows, 0 churned"):
        build_cohorts(history(joined("a", "b"), []), WINDOW)


def test_a_snapshot_is_one_cohort_with_its_given_label():
    given = clocks([("b", "2025-05-05", "2025-05-05"), ("a", "2025-05-05", "2025-05-05")]).assign(
        Churn=["Yes", "No"]
    )
    snapshot = History(
        "snap", "snapshot", True, pd.Timestamp("2025-05-05", tz="UTC"), clocks([]), clocks([]), given
    )
    cohorts = build_cohorts(snapshot, WINDOW)
    assert list(cohorts.rows["customerID"]) == ["a", "b"]
    assert list(cohorts.rows["churned"]) == [0, 1]
    assert cohorts.logs[0].window_end is None


def test_who_left_involuntarily_in_the_window_has_no_label():
    events = [left("died", "2025-04-01"), left("left", "2025-04-01"), left("unpaid-in-the-gap", "2025-02-10")]
    told = history(joined("stays", "died", "left", "unpaid-in-the-gap"), events)
    told.left["reason"] = ["died", "voluntary", "non-payment"]
    cohorts = build_cohorts(told, WINDOW)
    assert labels(cohorts.rows) == {"left": 1, "stays": 0}
    log = cohorts.logs[0]
    assert (log.left_in_gap, log.left_involuntarily, log.labelled) == (1, 1, 2)
    assert cohorts.notes == (
        "1 of 4 customers of the cohort of 2025-02-01 (25.0%) left involuntarily, which is no label",
    )


def offers(*rows: tuple[str, str, str]) -> pd.DataFrame:
    """Draws of one campaign each, as (customer, day, offer)."""
    frame = clocks([(customer, day, day) for customer, day, _ in rows])
    return frame.assign(campaign=[day for _, day, _ in rows], offer=[offer for *_, offer in rows])


def with_offers(drawn: pd.DataFrame) -> History:
    names = sorted({"stays", "left", *drawn["customerID"]})
    return replace(history(joined(*names), [left("left", "2025-04-01")]), offers=drawn)


DRAWN = offers(
    ("before", "2024-10-04", "discount"),  # 120 days later is the observation date
    ("still-acts", "2024-10-05", "discount"),
    ("held-out", "2025-01-10", "none"),
    ("in-the-window", "2025-05-31", "support_call"),
    ("after", "2025-06-02", "discount"),
)


@pytest.mark.parametrize(
    ("treated", "labelled"),
    [
        ("exclude", {"after", "before", "held-out", "left", "stays"}),
        ("controls", {"held-out"}),
        ("keep", {"after", "before", "held-out", "in-the-window", "left", "stays", "still-acts"}),
    ],
)
def test_labels_of_customers_under_an_offer(treated: str, labelled: set[str]):
    cohorts = dated_rows(with_offers(DRAWN), [OBSERVED], changed(WINDOW, treated=treated))
    assert set(cohorts["customerID"]) == labelled


def test_controls_are_everybody_where_no_campaign_acts():
    nobody = with_offers(DRAWN[DRAWN["customerID"] == "after"])
    rows = dated_rows(nobody, [OBSERVED], changed(WINDOW, treated="controls"))
    assert set(rows["customerID"]) == {"after", "left", "stays"}


def test_a_corrected_draw_counts_as_it_was_learned_last():
    drawn = offers(("stays", "2025-02-10", "discount"), ("stays", "2025-02-10", "none"))
    drawn.loc[1, "created_timestamp"] = pd.Timestamp("2025-03-01", tz="UTC")
    rows = dated_rows(with_offers(drawn), [OBSERVED], WINDOW)
    assert set(rows["customerID"]) == {"left", "stays"}


def test_a_cohort_says_how_many_were_under_an_offer():
    cohorts = build_cohorts(with_offers(DRAWN), WINDOW)
    assert (cohorts.logs[0].under_offer, cohorts.logs[0].labelled) == (2, 5)
    assert cohorts.notes == (
        "2 of 7 customers of the cohort of 2025-02-01 (28.6%) were under an offer, so what they did is no "
        "label (cohorts.treated: exclude)",
    )


def test_a_base_in_which_everybody_who_left_was_offered_something_says_so():
    with pytest.raises(CohortError, match=r"0 churned; .*; 1 of 2 customers .*cohorts.treated: exclude"):
        build_cohorts(with_offers(offers(("left", "2025-03-10", "discount"))), WINDOW)

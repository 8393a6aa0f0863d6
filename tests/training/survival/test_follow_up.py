from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from training.dataset.history import History
from training.dataset.split import split_rows
from training.settings.split import SplitSettings
from training.survival.follow_up import FollowUp, follow, unseen_customers, whole_months

EARLY, LATE = (pd.Timestamp(day, tz="UTC") for day in ("2025-02-01", "2025-04-01"))


def clocks(rows: list[tuple[str, str, str]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["customerID", "event_timestamp", "created_timestamp"])
    for name in ("event_timestamp", "created_timestamp"):
        frame[name] = pd.to_datetime(frame[name], utc=True).astype("datetime64[us, UTC]")
    return frame


def history(left: list[tuple[str, str]], joined: list[tuple[str, str, str]], until: str) -> History:
    leaves = clocks([(customer, day, day) for customer, day in left])
    until_moment = pd.Timestamp(until, tz="UTC")
    return History(
        "hand", "history", False, until_moment, clocks(joined), leaves, clocks([]).assign(Churn=[])
    )


def joined(*customers: str) -> list[tuple[str, str, str]]:
    return [(customer, "2024-01-01", "2024-01-01") for customer in customers]


def outcomes(rows: FollowUp) -> dict[str, tuple[int, int]]:
    """Months seen and month of leaving, by customer."""
    return {
        customer: (int(seen), int(left))
        for customer, seen, left in zip(rows.customers, rows.seen, rows.left, strict=True)
    }


def test_months_of_leaving_at_the_edges_of_the_months():
    left = [
        ("on-the-day", "2025-02-01"),
        ("first-day", "2025-02-02"),
        ("end-of-1", "2025-03-01"),
        ("begins-2", "2025-03-02"),
        ("end-of-4", "2025-06-01"),
        ("not-whole", "2025-06-02"),
    ]
    names = [name for name, _ in left]
    rows = follow(history(left, joined("stays", *names), "2025-06-15"), [EARLY], ["stays", *names])
    assert outcomes(rows) == {
        "first-day": (4, 1),
        "end-of-1": (4, 1),
        "begins-2": (4, 2),
        "end-of-4": (4, 4),
        # In a month that is not over yet: still there as far as is seen.
        "not-whole": (4, 0),
        "stays": (4, 0),
    }
    followed = dict(zip(rows.customers, rows.followed, strict=True))
    assert (followed["begins-2"], followed["stays"]) == (2, 4)


def test_everybody_enters_at_each_date_at_which_they_are_customers():
    told = history(
        [("leaver", "2025-03-15")],
        [
            *joined("leaver", "stays"),
            ("new", "2025-03-01", "2025-03-01"),
            ("learned-late", "2025-01-01", "2025-05-01"),
        ],
        "2025-06-01",
    )
    rows = follow(told, [EARLY, LATE], ["leaver", "stays", "new", "learned-late"])
    assert outcomes(rows.take(rows.dates == np.datetime64("2025-02-01"))) == {
        "leaver": (4, 2),
        "stays": (4, 0),
    }
    assert outcomes(rows.take(rows.dates == np.datetime64("2025-04-01"))) == {"new": (2, 0), "stays": (2, 0)}


def test_who_came_back_is_followed_in_the_stay_of_the_date():
    told = history(
        [("back", "2025-01-10"), ("back", "2025-05-10")],
        [*joined("back"), ("back", "2025-01-20", "2025-01-20")],
        "2025-06-01",
    )
    assert outcomes(follow(told, [EARLY], ["back"])) == {"back": (4, 4)}


def test_leaving_involuntarily_is_no_voluntary_leave():
    told = history([("died", "2025-03-15"), ("left", "2025-03-15")], joined("died", "left"), "2025-06-01")
    told.left["reason"] = ["died", "voluntary"]
    rows = follow(told, [EARLY], ["died", "left"])
    assert dict(zip(rows.customers, rows.voluntary, strict=True)) == {"died": False, "left": True}
    assert outcomes(rows) == {"died": (4, 2), "left": (4, 2)}


def test_what_was_seen_by_an_earlier_day():
    rows = FollowUp(
        np.array(["a", "b", "c"]),
        np.full(3, np.datetime64("2025-02-01")),
        np.array([4, 4, 4]),
        np.array([2, 3, 0]),
        np.array([True, True, False]),
    ).until(np.array([2, 2, 2]))
    assert outcomes(rows) == {"a": (2, 2), "b": (2, 0), "c": (2, 0)}
    assert rows.voluntary.tolist() == [True, False, False]


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(0, 800))
def test_whole_months_are_over(day, days):
    start = pd.Timestamp(day, tz="UTC")
    end = start + pd.Timedelta(days=days)
    months = whole_months(start, end)
    assert all(start < month <= end for month in months)
    assert start + pd.DateOffset(months=len(months) + 1) > end


def test_customers_who_left_before_the_dataset_are_as_many_as_those_who_did_not():
    """Or else nobody would leave before the dataset begins: it has only those who stayed until then."""
    stayed, gone = [f"s{number}" for number in range(2000)], [f"g{number}" for number in range(2000)]
    left = [(customer, "2025-02-10") for customer in gone]
    told = history(left, joined(*stayed, *gone), "2025-06-01")
    keys = pd.DataFrame({"customerID": stayed})
    churned = (np.arange(len(stayed)) < 400).astype("int64")
    splits = split_rows(stayed, churned, SplitSettings(test_share=0.2, folds=3), 42)
    chosen = unseen_customers(told, keys, splits)
    untouched = set(keys["customerID"].iloc[splits.holdout.test])
    assert {customer for customer in chosen if customer.startswith("s")} == untouched
    rows = follow(told, [EARLY], chosen)
    assert len(rows) == len(set(chosen))
    # Half of all customers left in month 1; 5 standard errors of a share of 800.
    assert abs((rows.left == 1).mean() - 0.5) < 5 * 0.5 / np.sqrt(800)

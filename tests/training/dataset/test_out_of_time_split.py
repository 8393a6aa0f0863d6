from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.dataset.out_of_time_split import out_of_time_folds
from training.errors import CohortError

QUARTERS = pd.to_datetime(["2025-01-01", "2025-04-01", "2025-07-01", "2025-10-01"], utc=True)
WINDOW = pd.Timedelta(days=120)


def keys_of(customers, dates=QUARTERS) -> pd.DataFrame:
    rows = [(customer, date) for date in dates for customer in customers]
    return pd.DataFrame(rows, columns=["customerID", "event_timestamp"])


def test_by_hand():
    keys = keys_of(["a", "b", "c"])
    folds = out_of_time_folds(keys, WINDOW, 2, np.array(["c"]))
    assert [fold.date for fold in folds] == list(QUARTERS[2:])
    # The window of 2025-04-01 is over on 2025-07-30: after the cohort of July, before that of October.
    assert folds[0].train_dates == (QUARTERS[0],)
    assert folds[1].train_dates == (QUARTERS[0], QUARTERS[1])
    assert keys.iloc[folds[1].fold.train].to_numpy().tolist() == [
        ["a", QUARTERS[0]],
        ["b", QUARTERS[0]],
        ["a", QUARTERS[1]],
        ["b", QUARTERS[1]],
    ]
    assert keys.iloc[folds[1].fold.test].to_numpy().tolist() == [["c", QUARTERS[3]]]


def test_a_window_that_ends_on_the_day_itself_is_over():
    dates = pd.to_datetime(["2025-01-01", "2025-05-01"], utc=True)
    assert len(out_of_time_folds(keys_of("ab", dates), WINDOW, 1, np.array(["b"]))) == 1
    with pytest.raises(CohortError, match="none lies 121 days after another"):
        out_of_time_folds(keys_of("ab", dates), pd.Timedelta(days=121), 1, np.array(["b"]))


def test_a_cohort_without_an_earlier_one_is_not_tested_on():
    folds = out_of_time_folds(keys_of("ab"), WINDOW, 4, np.array(["b"]))
    assert [fold.date for fold in folds] == list(QUARTERS[2:])


@given(
    st.sets(st.sampled_from("abcdefgh"), min_size=1, max_size=7),
    st.integers(1, 200),
    st.integers(1, 4),
)
def test_nobody_is_on_both_sides_and_no_label_comes_from_the_future(held_out, days, cohorts):
    keys = keys_of("abcdefgh")
    window = pd.Timedelta(days=days)
    for fold in out_of_time_folds(keys, window, cohorts, np.array(sorted(held_out))):
        train, test = keys.iloc[fold.fold.train], keys.iloc[fold.fold.test]
        assert not set(train["customerID"]) & set(test["customerID"])
        assert set(test["customerID"]) == held_out
        assert (train["event_timestamp"] + window <= fold.date).all()
        assert (test["event_timestamp"] == fold.date).all()

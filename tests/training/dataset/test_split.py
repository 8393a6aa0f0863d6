from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shipped_settings import default_settings

from training.dataset.split import folds_of, split_rows
from training.errors import CohortError

SPLIT = default_settings().split


def cohorts(customers: int, seed: int) -> tuple[list[str], np.ndarray]:
    """Every customer once or twice, a third of them churned."""
    random = np.random.default_rng(seed)
    names = [f"c{number}" for number in range(customers) for _ in range(int(random.integers(1, 3)))]
    return names, (random.random(len(names)) < 0.33).astype(int)


@settings(max_examples=25)
@given(st.integers(80, 300), st.integers(0, 1000))
def test_every_row_is_judged_once_and_no_customer_on_both_sides(count: int, seed: int):
    names, churned = cohorts(count, seed)
    splits = split_rows(names, churned, SPLIT, seed)
    who = np.array(names)
    for fold in (splits.holdout, *splits.folds):
        assert not set(who[fold.train]) & set(who[fold.test])
    judged = np.sort(np.concatenate([fold.test for fold in splits.folds]))
    assert np.array_equal(judged, splits.holdout.train)
    assert np.array_equal(np.sort(np.concatenate([judged, splits.holdout.test])), np.arange(len(names)))


def test_the_split_is_stratified_and_repeats_with_its_seed():
    names = [f"c{number}" for number in range(1000)]
    churned = (np.arange(1000) % 4 == 0).astype(int)
    first, again = (split_rows(names, churned, SPLIT, 42) for _ in range(2))
    other = split_rows(names, churned, SPLIT, 43)
    assert len(first.holdout.test) == 200
    assert churned[first.holdout.test].mean() == pytest.approx(0.25)
    assert np.array_equal(first.holdout.test, again.holdout.test)
    assert not np.array_equal(first.holdout.test, other.holdout.test)
    assert first.log[0] == {
        "split": "untouched part",
        "train_rows": 800,
        "train_churn_rate": 0.25,
        "test_rows": 200,
        "test_churn_rate": 0.25,
    }
    assert first.log[5] == {
        "split": "fold 5",
        "train_rows": 640,
        "train_churn_rate": 0.25,
        "test_rows": 160,
        "test_churn_rate": 0.25,
    }


def test_folds_repeat_with_their_seed_and_are_drawn_anew_with_another():
    names, churned = cohorts(200, 3)
    judged = [
        [fold.test.tolist() for fold in split_rows(names, churned, SPLIT, seed).folds] for seed in (1, 1, 2)
    ]
    assert judged[0] == judged[1]
    assert judged[0][0] != judged[2][0]
    # Drawn, not the customers in their order.
    assert max(judged[0][0]) > judged[0][1][0]


def test_folds_of_some_rows_keep_customers_together_and_their_positions():
    # Every customer twice in a row; one in four churned, in both rows.
    customers, churned = np.repeat(np.arange(40), 2), np.repeat(np.arange(40) % 4 == 0, 2).astype(int)
    rows = np.arange(16, 80)
    folds = folds_of(rows, customers, churned, 4, 7)
    assert np.array_equal(np.sort(np.concatenate([fold.test for fold in folds])), rows)
    for fold in folds:
        assert np.array_equal(np.sort(np.r_[fold.train, fold.test]), rows)
        assert not set(customers[fold.train]) & set(customers[fold.test])
        assert (len(fold.test), churned[fold.test].sum()) == (16, 4)
    again, other = (folds_of(rows, customers, churned, 4, seed) for seed in (7, 8))
    assert np.array_equal(folds[0].test, again[0].test)
    assert not np.array_equal(folds[0].test, other[0].test)


def test_too_few_customers_of_a_kind_are_told():
    churned = np.array([1, 1, 1] + [0] * 97)
    with pytest.raises(CohortError, match="3 of 100 customers churned: 5 folds need at least 8 customers"):
        split_rows([f"c{number}" for number in range(100)], churned, SPLIT, 42)


@pytest.mark.parametrize(
    ("folds", "share", "least"),
    [
        (3, 0.2, 5),  # 4 / 0.8 = 5 are enough for the folds
        (2, 0.1, 10),  # 1 / 0.1 = 10 are enough for one in the untouched part
    ],
)
def test_nobody_of_a_kind_is_told_with_the_least_number(folds: int, share: float, least: int):
    wanted = SPLIT.model_copy(update={"folds": folds, "test_share": share})
    with pytest.raises(CohortError) as refused:
        split_rows([f"c{number}" for number in range(100)], np.zeros(100, dtype=int), wanted, 42)
    assert str(refused.value) == (
        f"0 of 100 customers churned: {folds} folds need at least {least} customers of each kind; "
        "bring more customers or lower split.folds"
    )


@settings(max_examples=150, deadline=None)
@given(
    st.integers(2, 10),
    st.integers(2, 60).map(lambda percent: percent / 100),
    st.integers(0, 400),
    st.booleans(),
    st.integers(0, 99),
)
def test_the_least_number_that_the_message_names_is_enough(
    folds: int, share: float, more: int, few_churned: bool, seed: int
):
    wanted = SPLIT.model_copy(update={"folds": folds, "test_share": share})
    names = [f"c{number}" for number in range(1002 + more)]
    with pytest.raises(CohortError) as refused:
        split_rows(names, np.repeat([0, 1], [len(names) - 1, 1]), wanted, seed)
    least = int(re.search(r"at least (\d+) customers of each kind", str(refused.value))[1])
    fewer, rest = (1, 0) if few_churned else (0, 1)
    churned = np.repeat([fewer, rest], [least, least + more])
    splits = split_rows(names[: len(churned)], churned, wanted, seed)
    for fold in (splits.holdout, *splits.folds):
        assert set(churned[fold.train]) == set(churned[fold.test]) == {0, 1}

"""The difference between arms: by hand, and against Welch's t test."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import ttest_ind

from serving.campaigns.outcome.estimate import Sample, compare
from serving.campaigns.outcome.holm import holm


def sample(outcome: np.ndarray, offered: np.ndarray, *covariates: np.ndarray) -> Sample:
    n = len(outcome)
    matrix = np.column_stack([np.empty((n, 0)), *covariates])
    return Sample(outcome.astype(float), offered.astype(bool), np.ones(n), np.arange(n), matrix)


def test_shares_of_leavers_by_hand() -> None:
    """Of 100 offered 10 leave, of 50 held out 20: 0.1 - 0.4, with the variances 0.09/99 and 0.24/49."""
    outcome = np.repeat([1, 0, 1, 0], [10, 90, 20, 30])
    found = compare(sample(outcome, np.arange(150) < 100))
    error = np.sqrt(0.09 / 99 + 0.24 / 49)
    assert found.difference.value == pytest.approx(-0.3)
    assert found.change is not None
    assert found.change.value == pytest.approx(-0.75)
    assert (found.rows, found.events) == ((100, 50), (10, 20))
    assert found.difference.high is not None
    assert (found.difference.high + 0.3) / error == pytest.approx(1.996, abs=0.003)  # t of 67 degrees
    assert found.verdict(less_is_better=True) == "better"
    assert found.verdict() == "worse"


def test_without_covariates_it_is_welchs_t_test() -> None:
    draw = np.random.default_rng(0)
    offered = np.arange(90) < 60
    outcome = draw.normal(10, 1, 90) + np.where(offered, draw.normal(0, 4, 90), 0)
    theirs = ttest_ind(outcome[offered], outcome[~offered], equal_var=False)
    ours = compare(sample(outcome, offered))
    assert ours.p == pytest.approx(theirs.pvalue)
    ends = theirs.confidence_interval(0.95)
    assert (ours.difference.low, ours.difference.high) == pytest.approx((ends.low, ends.high))


def test_a_covariate_that_says_all_leaves_no_error() -> None:
    """Outcome 2 x + 5 when offered, 3 x when held out: at the mean 4.5 of x, 14 and 13.5."""
    x = np.tile(np.arange(10.0), 10)
    offered = np.arange(100) < 60
    found = compare(sample(np.where(offered, 2 * x + 5, 3 * x), offered, x))
    assert (found.offered, found.held_out) == pytest.approx((14, 13.5))
    assert (found.difference.low, found.difference.high) == pytest.approx((0.5, 0.5))


def test_who_has_a_small_chance_of_the_arm_counts_for_more() -> None:
    """Two kinds: outcomes 10 and 20, equally many, of which three quarters and one quarter are offered."""
    kind = np.repeat([0, 1], 400)
    offered = np.concatenate([np.arange(400) < 300, np.arange(400) < 100])
    weight = 1 / np.where((kind == 0) == offered, 0.75, 0.25)
    found = compare(replace(sample(np.where(kind == 0, 10, 20), offered), weight=weight))
    assert (found.offered, found.held_out) == pytest.approx((15, 15))


def test_a_household_counts_once() -> None:
    """Everybody twice is no more information: the interval stays, where the naive one shrinks."""
    draw = np.random.default_rng(1)
    once = sample(draw.normal(0, 1, 200), np.arange(200) < 100)
    twice = Sample(*(np.repeat(column, 2, axis=0) for column in vars(once).values()))
    alone = compare(replace(twice, cluster=np.arange(400)))
    widths = [
        found.difference.high - found.difference.low  # type: ignore[operator]
        for found in (compare(once), compare(twice), alone)
    ]
    assert widths[1] == pytest.approx(widths[0], rel=0.01)
    assert widths[2] == pytest.approx(widths[0] / np.sqrt(2), rel=0.01)


@pytest.mark.parametrize("leavers", [0, 9])
def test_too_few_leavers_have_no_interval(leavers: int) -> None:
    outcome = np.concatenate([np.arange(360) < 40, np.arange(40) < leavers])
    found = compare(sample(outcome, np.arange(400) < 360))
    assert found.difference.low is None
    assert (found.too_few, found.rows, found.events) == (True, (360, 40), (40, leavers))
    assert found.verdict() == "not yet known"


def test_holm_by_hand() -> None:
    """0.01 x 4, then 0.015 x 3, then 0.03 x 2, and 0.04 x 1 is no less than the one before."""
    found = holm(np.array([0.04, 0.01, 0.03, 0.015]))
    assert found == pytest.approx([0.06, 0.04, 0.06, 0.045])
    assert holm(np.array([0.9, 0.8])) == pytest.approx([1.0, 1.0])
    assert len(holm(np.array([]))) == 0

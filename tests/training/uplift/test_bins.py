from __future__ import annotations

import numpy as np
import pytest

from training.uplift.bins import mean_and_error, measured_bins, share_below

ALONE = np.arange(8).astype(str)


def test_the_error_of_a_mean() -> None:
    # Variance of 1, 2, 3, 4 is 5/3; over four rows, its root.
    mean, error = mean_and_error(np.array([1.0, 2.0, 3.0, 4.0]), ALONE[:4])
    assert (mean, error) == pytest.approx((2.5, np.sqrt(5 / 3 / 4)))


def test_rows_of_one_customer_count_as_one() -> None:
    scores, twice = np.array([1.0, 1.0, 3.0, 3.0]), np.array(["a", "a", "b", "b"])
    # As the two customers 1 and 3: variance 2 over two.
    assert mean_and_error(scores, twice) == pytest.approx((2.0, 1.0))
    assert mean_and_error(scores, ALONE[:4])[1] < 1.0


def test_each_fold_is_ranked_by_itself_and_ties_share() -> None:
    below = share_below(np.array([1.0, 2.0, 100.0, 100.0]), np.array([0, 0, 1, 1]))
    assert below.tolist() == [0.25, 0.75, 0.5, 0.5]


def test_bins_rise_with_the_ranking() -> None:
    below = (np.arange(8) + 0.5) / 8
    bins = measured_bins(below, np.array([0.0, 0.1, 0.2, 0.3, 1.0, 1.1, 1.2, 1.3]), ALONE, 2)
    np.testing.assert_allclose(bins.mean, [0.15, 1.15])
    assert bins.borders.tolist() == [0.5]
    # Variance of the four is 1/60 in both.
    np.testing.assert_allclose(bins.error, np.sqrt(1 / 60 / 4))


def test_bins_that_fall_are_pooled_and_so_are_their_errors() -> None:
    below = (np.arange(8) + 0.5) / 8
    bins = measured_bins(below, np.array([1.0, 1.1, 1.2, 1.3, 0.0, 0.1, 0.2, 0.3]), ALONE, 2)
    np.testing.assert_allclose(bins.mean, [0.65])
    assert bins.borders.tolist() == []
    np.testing.assert_allclose(bins.error, np.sqrt(1 / 60 / 8))

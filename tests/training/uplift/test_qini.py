"""The traps of a Qini, each on a few rows that can be worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from training.metrics.weighted_metrics import Ranking
from training.uplift.qini import gain_at, gain_curve, qini
from training.uplift.sample import Sample
from training.uplift.scores import offer_scores

NOTHING = np.zeros(4)


def sample(offer: list[str], stayed: list[int], probability: list[float]) -> Sample:
    n = len(offer)
    return Sample(
        matrix=np.zeros((n, 1)),
        offer=np.array(offer),
        campaign=np.array(["spring"] * n),
        probability=np.array(probability),
        stayed=np.array(stayed, dtype="float64"),
        cluster=np.arange(n).astype(str),
        fold=np.zeros(n, dtype="int64"),
        value=np.ones(n),
    )


def once(scores: list[float], ranked: list[float]) -> tuple[Ranking, np.ndarray]:
    return Ranking.of(np.array(scores), np.array(ranked)), np.ones((1, len(scores)))


def test_staying_is_what_counts_not_leaving() -> None:
    # The offered customer stays and the one held out leaves: the offer keeps, so the effect is positive.
    rows = sample(["call", "none"], [1, 0], [0.5, 0.5])
    assert offer_scores(rows, "call", np.zeros(2), np.zeros(2)).effect.tolist() == [2.0, 0.0]
    # The other way round, the offer drives away.
    rows = sample(["call", "none"], [0, 1], [0.5, 0.5])
    assert offer_scores(rows, "call", np.zeros(2), np.zeros(2)).effect.tolist() == [0.0, -2.0]


def test_the_gain_of_four_customers() -> None:
    share, gain = gain_curve(*once([0.4, 0.2, 0.0, -0.2], [4, 3, 2, 1]))
    np.testing.assert_allclose(share, [[0, 0.25, 0.5, 0.75, 1]])
    np.testing.assert_allclose(gain, [[0, 0.1, 0.15, 0.15, 0.1]])
    # Trapezoids 0.0125 + 0.03125 + 0.0375 + 0.03125, less the triangle of a random choice, 0.05.
    np.testing.assert_allclose(qini(*once([0.4, 0.2, 0.0, -0.2], [4, 3, 2, 1])), [0.0625])


def test_the_wrong_way_round_it_is_the_same_below_zero() -> None:
    np.testing.assert_allclose(qini(*once([0.4, 0.2, 0.0, -0.2], [1, 2, 3, 4])), [-0.0625])


@pytest.mark.parametrize("order", [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]])
def test_ties_count_in_proportion_whatever_the_order(order: list[int]) -> None:
    scores = np.array([0.4, 0.2, 0.0, -0.2])[order]
    np.testing.assert_allclose(qini(*once(scores.tolist(), [1, 1, 1, 1])), [0.0], atol=1e-15)
    np.testing.assert_allclose(gain_at(*once(scores.tolist(), [1, 1, 1, 1]), 0.5), [0.05])


def test_unequal_arms_are_weighted_by_their_chance() -> None:
    # Three are offered and one is held out; all stay. An offer that changes nothing has no effect.
    rows = sample(["call", "call", "call", "none"], [1, 1, 1, 1], [0.75, 0.75, 0.75, 0.25])
    effect = offer_scores(rows, "call", NOTHING, NOTHING).effect
    np.testing.assert_allclose(effect, [4 / 3, 4 / 3, 4 / 3, -4])
    assert effect.mean() == pytest.approx(0.0)
    # Without the weights it would be (3 - 1) / 4.


def test_each_customer_counts_by_their_own_chance() -> None:
    # Offered with 0.5 and with 0.25: sums 1/0.5 and 1/0.25 less 1/0.5.
    rows = sample(["call", "call", "none", "none"], [1, 1, 1, 0], [0.5, 0.25, 0.5, 0.75])
    np.testing.assert_allclose(offer_scores(rows, "call", NOTHING, NOTHING).effect, [2, 4, -2, 0])


def test_a_final_gain_of_zero_or_less_divides_nothing() -> None:
    np.testing.assert_allclose(qini(*once([0.5, -0.5], [2, 1])), [0.125])
    np.testing.assert_allclose(qini(*once([0.0, -0.5], [2, 1])), [0.0625])
    np.testing.assert_allclose(qini(*once([0.0, 0.0], [2, 1])), [0.0])


def test_the_gain_at_a_depth_is_per_customer_of_the_base() -> None:
    np.testing.assert_allclose(gain_at(*once([0.4, 0.2, 0.0, -0.2], [4, 3, 2, 1]), 0.25), [0.1])
    # Half of the second customer.
    np.testing.assert_allclose(gain_at(*once([0.4, 0.2, 0.0, -0.2], [4, 3, 2, 1]), 0.375), [0.125])


def test_a_customer_who_is_drawn_twice_counts_twice() -> None:
    ranking = Ranking.of(np.array([0.4, -0.2]), np.array([2, 1]))
    twice = qini(ranking, np.array([[2.0, 1.0]]))
    np.testing.assert_allclose(twice, qini(*once([0.4, 0.4, -0.2], [2, 2, 1])))


def test_scores_are_unbiased_although_the_classifiers_are_wrong() -> None:
    # 200,000 rows: with the offer 0.7 stay, without 0.6. The classifiers say 0.2 and 0.9.
    random, n = np.random.default_rng(5), 200_000
    offer = np.where(random.random(n) < 0.3, "call", "none")
    stayed = (random.random(n) < np.where(offer == "call", 0.7, 0.6)).astype(int)
    rows = sample(offer.tolist(), stayed.tolist(), np.where(offer == "call", 0.3, 0.7).tolist())
    found = offer_scores(rows, "call", np.full(n, 0.2), np.full(n, 0.9))
    assert found.effect.mean() == pytest.approx(0.1, abs=0.01)
    assert found.stays.mean() == pytest.approx(0.7, abs=0.01)

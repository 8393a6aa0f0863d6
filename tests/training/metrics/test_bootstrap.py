from __future__ import annotations

import numpy as np
import pytest

from training.metrics import bootstrap
from training.metrics.bootstrap import draw, interval, intervals, weight_chunks


def test_rows_of_a_customer_are_drawn_together():
    customers = np.array(["a", "b", "a", "c", "b", "a"])
    [weights] = weight_chunks(customers, 50, seed=1)
    assert weights.shape == (50, 6)
    assert (weights[:, 0] == weights[:, 2]).all()
    assert (weights[:, 0] == weights[:, 5]).all()
    assert (weights[:, 1] == weights[:, 4]).all()
    # Three customers are drawn three times.
    assert (weights[:, 0] + weights[:, 1] + weights[:, 3] == 3).all()
    assert len(np.unique(weights, axis=0)) > 5


def test_chunks_bound_memory_and_change_no_figure_but_the_draws_are_as_many(monkeypatch):
    customers = np.array([f"c{number}" for number in range(20)])
    [whole] = weight_chunks(customers, 30, seed=2)
    monkeypatch.setattr(bootstrap, "CHUNK", 20 * 7)
    parts = list(weight_chunks(customers, 30, seed=2))
    assert [len(part) for part in parts] == [7, 7, 7, 7, 2]
    assert (np.concatenate(parts) == whole).all()
    assert whole.dtype == "float64"
    # Where not even one draw fits, it is made all the same.
    monkeypatch.setattr(bootstrap, "CHUNK", 19)
    assert [len(part) for part in weight_chunks(customers, 3, seed=2)] == [1, 1, 1]
    monkeypatch.setattr(bootstrap, "CHUNK", 20 * 15)
    assert [len(part) for part in weight_chunks(customers, 30, seed=2)] == [15, 15]


def test_draws_repeat_with_their_seed_and_differ_with_another():
    customers = np.array([f"c{number}" for number in range(20)])
    [first], [again], [other] = (weight_chunks(customers, 30, seed) for seed in (2, 2, 3))
    assert (first == again).all()
    assert not (first == other).all()

    def first_customer(weights):
        return {"first": weights[:, 0]}

    drawn = [draw(first_customer, customers, 30, seed)["first"].tolist() for seed in (2, 2, 3)]
    assert drawn[0] == drawn[1] == first[:, 0].tolist()
    assert drawn[2] == other[:, 0].tolist()

    def mean(weights):
        return {"mean": weights @ np.arange(20) / 20}

    found = [intervals(mean, customers, 30, seed)["mean"]["low"] for seed in (2, 2, 3)]
    assert found[0] == found[1] != found[2]


def test_an_interval_leaves_a_fortieth_of_the_draws_on_either_side():
    # The quantiles 0.025 and 0.975 of 0, 1, ... 200; what is not finite does not count.
    samples = np.r_[np.arange(201.0), np.inf, np.nan]
    assert interval(90, samples) == {"estimate": 90.0, "low": pytest.approx(5), "high": pytest.approx(195)}


def test_the_interval_of_a_mean_is_that_of_the_textbook():
    random = np.random.default_rng(5)
    values = random.normal(10, 2, 400)
    customers = np.arange(400).astype(str)

    def mean(weights):
        return {"mean": weights @ values / weights.sum(axis=1)}

    found = intervals(mean, customers, 2000, seed=3)["mean"]
    half = 1.96 * values.std() / np.sqrt(400)
    assert found["estimate"] == pytest.approx(values.mean())
    assert found["low"] == pytest.approx(values.mean() - half, abs=0.03)
    assert found["high"] == pytest.approx(values.mean() + half, abs=0.03)
    assert len(draw(mean, customers, 2000, 3)["mean"]) == 2000


def test_customers_with_many_rows_widen_the_interval():
    values = np.random.default_rng(6).normal(0, 1, 100)
    many = np.repeat(values, 4)

    def mean(weights):
        return {"mean": weights @ many / weights.sum(axis=1)}

    rows = intervals(mean, np.arange(400).astype(str), 1000, 1)["mean"]
    people = intervals(mean, np.repeat(np.arange(100), 4).astype(str), 1000, 1)["mean"]
    assert people["high"] - people["low"] == pytest.approx(2 * (rows["high"] - rows["low"]), rel=0.15)


def test_a_figure_that_most_draws_do_not_define_has_no_interval():
    assert interval(0.5, np.array([np.nan, np.nan, 0.4])) == {"estimate": 0.5, "low": None, "high": None}
    assert interval(None, np.array([0.1])) == {"estimate": None, "low": None, "high": None}
    assert interval(float("nan"), np.array([0.1])) == {"estimate": None, "low": None, "high": None}
    assert interval(0.5, np.array([np.nan, 0.4, 0.6]))["low"] == pytest.approx(0.405)
    half = interval(0.5, np.array([np.nan, np.nan, 0.4, 0.6]))
    assert (half["low"], half["high"]) == (pytest.approx(0.405), pytest.approx(0.595))

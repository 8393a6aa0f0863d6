"""Who gets which offer, compared with every allocation there is, and with the bound."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from serving.campaigns import allocation
from serving.campaigns.allocation import allocate, by_greed
from serving.campaigns.bound import prices_of
from serving.campaigns.exact import exact
from serving.campaigns.greedy import Filling, steps_of
from serving.campaigns.problem import Problem

FREE = (np.inf, np.inf)


def problem(
    pairs: list[tuple[int, int, float, float]], budget: float, caps: tuple[float, ...] = FREE
) -> Problem:
    """Of (group, offer, profit, cost)."""
    group, offer, profit, cost = (np.array(column) for column in zip(*pairs, strict=True))
    return Problem(group, offer, profit.astype(float), cost.astype(float), budget, np.array(caps))


def best_of_all(told: Problem) -> float:
    """The most profit, by trying every allocation."""
    options = [[None, *np.flatnonzero(told.group == group)] for group in range(told.groups)]
    tried = (
        np.array([pair for pair in some if pair is not None], dtype=np.int64) for some in product(*options)
    )
    return max(float(told.profit[chosen].sum()) for chosen in tried if told.fits(chosen))


@st.composite
def small_problems(draw: st.DrawFn) -> Problem:
    """Up to five groups with one to three offers each, in quarters of a currency unit."""
    sizes = draw(st.lists(st.integers(1, 3), min_size=1, max_size=5))
    quarters = st.integers(0, 80).map(lambda number: number / 4)
    pairs = [
        (group, draw(st.integers(0, 1)), draw(quarters) + 0.25, draw(quarters))
        for group, size in enumerate(sizes)
        for _ in range(size)
    ]
    caps = tuple(draw(st.sampled_from([0.0, 1.0, 2.0, np.inf])) for _ in range(2))
    return problem(pairs, draw(quarters) + 0.25, caps)


def test_two_cheap_offers_beat_a_dear_one() -> None:
    """30 buys either the first customer's dear offer (12), or a cheap one for each (7 + 6)."""
    told = problem([(0, 0, 7, 15), (0, 1, 12, 30), (1, 0, 6, 15)], budget=30)
    found = allocate(told)
    assert found.chosen.tolist() == [0, 2]
    assert (found.profit, found.method) == (13, "exact")
    assert found.gap < 1e-4


def test_a_cap_sends_the_second_best_offer() -> None:
    """Both prefer offer 0, of which there is one; who loses less by it (8 - 7) takes offer 1."""
    told = problem([(0, 0, 9, 1), (0, 1, 4, 1), (1, 0, 8, 1), (1, 1, 7, 1)], budget=10, caps=(1, np.inf))
    assert allocate(told).chosen.tolist() == by_greed(told).chosen.tolist() == [0, 3]


def test_one_household_gets_one_offer() -> None:
    told = problem([(0, 0, 5, 1), (0, 0, 6, 1), (1, 0, 1, 1)], budget=10)
    assert allocate(told).chosen.tolist() == [1, 2]


def test_a_price_that_fits_to_the_last_cent_is_paid() -> None:
    told = problem([(0, 0, 1, 0.1), (1, 0, 1, 0.2)], budget=0.3)
    assert len(allocate(told).chosen) == len(by_greed(told).chosen) == 2


def test_nothing_to_choose_from() -> None:
    empty = np.empty(0, dtype=np.int64)
    found = allocate(Problem(empty, empty, empty.astype(float), empty.astype(float), 10.0, np.array(FREE)))
    assert (len(found.chosen), found.profit, found.gap) == (0, 0.0, 0.0)


@given(small_problems())
@settings(max_examples=150, deadline=None)
def test_a_small_problem_is_solved_exactly(told: Problem) -> None:
    found = allocate(told)
    assert told.fits(found.chosen)
    assert found.profit == pytest.approx(best_of_all(told))
    assert found.gap <= 1e-4


@given(small_problems())
@settings(max_examples=150, deadline=None)
def test_the_greedy_fits_and_its_bound_holds(told: Problem) -> None:
    found = by_greed(told)
    assert told.fits(found.chosen)
    assert found.profit <= best_of_all(told) + 1e-9
    assert prices_of(told).bound >= best_of_all(told) - 1e-9


def invented(customers: int, offers: int, seed: int) -> tuple[np.ndarray, ...]:
    draw = np.random.default_rng(seed)
    profit = draw.lognormal(2, 1, (customers, offers)) * draw.uniform(0.5, 1.5, offers)
    cost = draw.uniform(2, 40, offers) * draw.uniform(0.7, 1.3, (customers, offers))
    group, offer = np.nonzero(draw.random((customers, offers)) < 0.7)
    return np.unique(group, return_inverse=True)[1], offer, profit[group, offer], cost[group, offer]


@pytest.mark.parametrize("cap", [np.inf, 50.0])
@pytest.mark.parametrize("share", [0.05, 0.4, 2.0])
def test_a_large_problem_is_within_half_a_percent(share: float, cap: float) -> None:
    group, offer, profit, cost = invented(3_000, 3, seed=7)
    told = Problem(group, offer, profit, cost, share * cost.sum() / 3, np.array([cap, np.inf, 2 * cap]))
    found = allocate(told)
    assert found.method == "greedy"
    assert told.fits(found.chosen)
    assert found.gap <= 0.005


def test_few_pairs_are_solved_exactly_and_more_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    told = problem([(0, 0, 7, 15), (1, 0, 6, 15)], budget=30)
    assert allocate(told).method == "exact"
    monkeypatch.setattr(allocation, "SMALL", 1)
    assert allocate(told).method == "greedy"


def test_the_exact_solution_of_a_real_size_is_not_below_the_greedy() -> None:
    group, offer, profit, cost = invented(300, 3, seed=3)
    told = Problem(group, offer, profit, cost, 0.2 * cost.sum() / 3, np.array([30, np.inf, np.inf]))
    found = exact(told)
    assert found is not None
    assert by_greed(told).profit <= found.profit * (1 + 1e-4)
    assert found.profit <= prices_of(told).bound + 1e-6


def test_what_lies_below_the_line_of_others_is_no_step() -> None:
    """From 10 to 25 for 20 more brings 0.75 a unit; by way of 12 for 20 it would be 0.2 first."""
    told = problem([(0, 0, 10, 10), (0, 1, 12, 20), (0, 1, 25, 30), (1, 0, 9, 10)], budget=100)
    assert steps_of(told, told.profit).tolist() == [0, 3, 2]
    assert steps_of(told, told.profit - 9.5).tolist() == [2]


def test_a_better_offer_costs_the_difference_and_frees_a_place() -> None:
    told = problem([(0, 0, 10, 10), (0, 1, 25, 30), (1, 0, 5, 0)], budget=30, caps=(1, np.inf))
    filling = Filling(told)
    filling.take(np.array([0, 2, 1, 2]))
    assert filling.chosen().tolist() == [1, 2]


def test_a_scarce_offer_under_a_loose_budget_is_near_the_bound() -> None:
    group, offer, profit, cost = invented(3_000, 3, seed=11)
    told = Problem(group, offer, profit, cost, 0.9 * cost.sum() / 3, np.array([40, np.inf, 40]))
    assert by_greed(told).gap <= 0.0005


def test_the_bound_is_that_of_the_problem_in_fractions() -> None:
    """The least Lagrangian bound equals the optimum where a customer may get parts of offers."""
    group, offer, profit, cost = invented(200, 3, seed=5)
    told = Problem(group, offer, profit, cost, 0.3 * cost.sum() / 3, np.array([30, np.inf, 20]))
    rows = [group == one for one in range(told.groups)]
    limits = np.vstack([rows, cost, offer == 0, offer == 2]).astype(float)
    most = [*[1.0] * told.groups, told.budget, 30, 20]
    optimum = -linprog(-profit, A_ub=limits, b_ub=most, bounds=(0, 1)).fun
    assert optimum - 1e-6 <= prices_of(told).bound <= optimum * (1 + 1e-4)

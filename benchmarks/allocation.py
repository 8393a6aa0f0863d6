"""Allocating offers under a budget and caps: time, and the gap to the bound.

python benchmarks/allocation.py                # 100,000 customers, about a minute
python benchmarks/allocation.py 1000000        # or as many as told

It invents customers with three offers and with ten, and gives them out under small and large budgets, without
caps and with. Seconds are those on the clock and of the processor; the gap is the largest share of the profit
that may be missing. At 1,000 pairs of a customer and an offer both ways are timed: the greedy and HiGHS.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
from serving.campaigns.allocation import SMALL, by_greed  # noqa: E402
from serving.campaigns.exact import exact  # noqa: E402
from serving.campaigns.problem import Allocation, Problem  # noqa: E402

BUDGETS = (0.02, 0.1, 0.5)
"""Shares of what it would cost to offer everything to everybody."""
CAPS = (None, 0.01)
"""Places of each second offer, as a share of the customers."""


def main(customers: int) -> None:
    """Allocate every case and print a row for each."""
    print(
        f"{'offers':>6}{'pairs':>10}{'budget':>8}{'caps':>6}{'chosen':>9}{'gap':>9}{'seconds':>9}{'CPU':>7}"
    )
    for offers in (3, 10):
        for budget in BUDGETS:
            for cap in CAPS:
                show(offers, budget, cap, invented(customers, offers, budget, cap), by_greed)
    small = first(invented(4 * SMALL, 3, 0.1, 0.01), SMALL)
    print(f"{SMALL:,} pairs, by greed and exactly:")
    for method in (by_greed, exact):
        show(3, 0.1, 0.01, small, method)


def show(
    offers: int,
    budget: float,
    cap: float | None,
    problem: Problem,
    method: Callable[[Problem], Allocation | None],
) -> None:
    """Time one allocation and print it."""
    clock, processor = time.perf_counter(), time.process_time()
    found = method(problem)
    clock, processor = time.perf_counter() - clock, time.process_time() - processor
    if found is None or not problem.fits(found.chosen):
        raise SystemExit("the allocation does not fit its budget and caps")
    caps = "-" if cap is None else f"{cap:.0%}"
    print(
        f"{offers:>6}{len(problem.group):>10,}{budget:>8.0%}{caps:>6}{len(found.chosen):>9,}"
        f"{found.gap:>9.4%}{clock:>9.1f}{processor:>7.1f}",
        flush=True,
    )


def invented(customers: int, offers: int, budget: float, cap: float | None) -> Problem:
    """Customers whose risk, value and effects differ as in a telecom; only pairs that are expected to pay."""
    draw = np.random.default_rng(offers)
    risk = draw.beta(1.5, 6, (customers, 1))
    value = draw.lognormal(6, 0.6, (customers, 1))
    effect = risk * np.clip(draw.normal(0.3, 0.2, (customers, offers)), 0, None)
    cost = (1 - risk + effect) * draw.uniform(5, 60, offers) + 1
    profit = effect * value - cost
    group, offer = np.nonzero(profit > 0)
    caps = np.full(offers, np.inf)
    if cap is not None:
        caps[::2] = np.floor(cap * customers)
    numbers = np.unique(group, return_inverse=True)[1]
    paid = cost[group, offer]
    return Problem(numbers, offer, profit[group, offer], paid, budget * paid.sum(), caps)


def first(problem: Problem, pairs: int) -> Problem:
    """The first pairs of a problem, with as large a share of its budget."""
    kept = slice(0, pairs)
    share = problem.cost[kept].sum() / problem.cost.sum()
    arrays = (problem.group[kept], problem.offer[kept], problem.profit[kept], problem.cost[kept])
    return Problem(*arrays, problem.budget * share, problem.caps)


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 100_000)

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from data.simulation.customers import FIBRE, SUPPORT, Customers
from data.simulation.events.tickets import open_tickets
from data.simulation.parameters import Tickets

Make = Callable[..., Customers]
N = 20_000
QUIET = np.zeros(N, dtype=bool)


def test_means_are_those_of_the_parameters(some_customers: Make) -> None:
    model = Tickets()
    c = some_customers(N, internet=FIBRE, line_trouble=1.0, addons=False)
    c.addons[: N // 2, SUPPORT] = True
    changed = QUIET.copy()
    changed[::2] = True
    open_tickets(np.random.default_rng(1), c, changed, QUIET, model)
    assert c.tech_total[N // 2 :].mean() == pytest.approx(model.tech[2], abs=0.02)
    assert c.tech_total[: N // 2].mean() == pytest.approx(model.tech[2] * model.tech_with_support, abs=0.02)
    assert c.admin_total[::2].mean() == pytest.approx(model.admin + model.admin_per_change, abs=0.02)
    assert c.admin_total[1::2].mean() == pytest.approx(model.admin, abs=0.02)


def test_totals_are_the_sum_of_the_months_and_the_window_holds_three(some_customers: Make) -> None:
    c = some_customers(N)
    months = []
    for month in range(5):
        open_tickets(np.random.default_rng(month), c, QUIET, QUIET, Tickets())
        months.append(c.tech_recent[:, 0].copy())
    assert (c.tech_total == sum(months)).all()
    assert (c.tech_recent.sum(axis=1) == sum(months[2:])).all()

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from data.simulation.customers import DSL, FIBRE, MONTHLY, NO_INTERNET, ONE_YEAR, Customers
from data.simulation.events.billing import (
    bill,
    change_over_three_bills,
    list_price,
    newest_first,
    raise_prices,
)
from data.simulation.parameters import Prices

Make = Callable[..., Customers]
PRICES = Prices()


def test_the_list_price_is_the_sum_of_the_services(some_customers: Make) -> None:
    c = some_customers(3, phone=True, lines=False, addons=False)
    c.internet = np.array([NO_INTERNET, DSL, FIBRE])
    c.lines[2] = True
    c.addons[2] = [True, False, False, False, True, False]
    assert list_price(c, PRICES).tolist() == [2000, 4500, 2000 + 500 + 5000 + 500 + 1000]


def test_bills_add_up_and_the_unbilled_stay_as_they_are(some_customers: Make) -> None:
    c = some_customers(2, price_factor=1.0, phone=True, lines=False, internet=NO_INTERNET, addons=False)
    billed = np.array([True, False])
    for factor in (1.0, 1.1, 1.2, 1.3):
        c.price_factor[:] = factor
        bill(c, billed, PRICES)
    assert c.tenure.tolist() == [4, 0]
    assert c.charge.tolist() == [2600, 0]
    assert c.total.tolist() == [2000 + 2200 + 2400 + 2600, 0]
    assert c.earlier_charges[0].tolist() == [2400, 2200, 2000]
    assert change_over_three_bills(c).tolist() == [600, 0]


def test_three_bills_have_no_third_before_them(some_customers: Make) -> None:
    c = some_customers(1)
    for _ in range(3):
        bill(c, np.array([True]), PRICES)
        assert change_over_three_bills(c).tolist() == [0]


def test_prices_are_fixed_while_a_term_runs(some_customers: Make) -> None:
    c = some_customers(3000, price_factor=1.0, contract=ONE_YEAR, term_left=5)
    raised = raise_prices(np.random.default_rng(1), c, np.zeros(3000, dtype=bool), PRICES)
    assert not raised.any()
    assert (c.price_factor == 1.0).all()


def test_rises_are_remembered_for_three_months_and_have_a_ceiling(some_customers: Make) -> None:
    c = some_customers(2000, price_factor=1.0, contract=MONTHLY)
    often = replace(PRICES, rise_chance=1.0)
    nobody = np.zeros(2000, dtype=bool)
    raised = raise_prices(np.random.default_rng(1), c, nobody, often)
    assert raised.all()
    assert c.rises[:, 0] == pytest.approx(c.price_factor - 1.0, abs=1e-6)
    first = c.rises[:, 0].copy()
    for _ in range(2):
        raise_prices(np.random.default_rng(2), c, nobody, often)
    assert (c.rises[:, 2] == first).all()
    assert c.price_factor.max() <= PRICES.highest_factor + 1e-9


def test_the_newest_comes_first() -> None:
    assert newest_first(np.array([[3, 2, 1]]), np.array([4])).tolist() == [[4, 3, 2]]

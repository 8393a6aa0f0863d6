from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from data.simulation.customers import DSL, FIBRE, MONTHLY, NO_INTERNET, Customers
from data.simulation.events.population import TERM_MONTHS, nobody
from data.simulation.parameters import Parameters

Make = Callable[..., Customers]


def test_services_fit_each_other(some_customers: Make) -> None:
    c = some_customers(5000)
    assert not c.addons[c.internet == NO_INTERNET].any()
    assert c.phone[c.internet != DSL].all()
    assert not c.lines[~c.phone].any()
    assert (c.term_left == TERM_MONTHS[c.contract]).all()


def test_shares_are_those_of_the_parameters(some_customers: Make) -> None:
    c, model = some_customers(40_000), Parameters().joining
    for code in (NO_INTERNET, DSL, FIBRE):
        assert (c.internet == code).mean() == pytest.approx(model.internet[code], abs=0.01)
    assert c.male.mean() == pytest.approx(model.male, abs=0.01)
    assert c.partner[c.dependents].mean() == pytest.approx(model.partner[1], abs=0.015)


def test_contracts_were_pushed_when_the_telecom_was_young(some_customers: Make) -> None:
    young, old = some_customers(5000, months_open=0), some_customers(5000, months_open=60)
    assert (young.contract != MONTHLY).mean() > 2 * (old.contract != MONTHLY).mean()


def test_new_customers_have_no_past(some_customers: Make) -> None:
    c = some_customers(10)
    for name in ("tenure", "total", "charge", "tech_total", "admin_recent", "rises", "offer"):
        assert not np.any(getattr(c, name))


def test_nobody_is_nobody() -> None:
    assert len(nobody(Parameters())) == 0

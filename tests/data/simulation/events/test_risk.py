from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.simulation.customers import (
    BANK_TRANSFER,
    DSL,
    ELECTRONIC_CHECK,
    FIBRE,
    MAILED_CHECK,
    MONTHLY,
    NO_INTERNET,
    ONE_YEAR,
    TWO_YEARS,
    Customers,
)
from data.simulation.events.risk import draw_leavers, log_odds, welcome
from data.simulation.parameters import Hazard

Make = Callable[..., Customers]

PLAIN = dict(
    contract=MONTHLY, term_left=0, internet=DSL, addons=True, payment=MAILED_CHECK, tenure=0, senior=False,
    partner=False, dependents=False, paperless=False, rises=0, tech_recent=0, admin_recent=0, restlessness=0,
    thrift=0,
)  # fmt: skip


def odds(make: Make, **attributes: object) -> float:
    return float(log_odds(make(1, **(PLAIN | attributes)), Hazard())[0])


def test_a_plain_customer_has_the_intercept_alone(some_customers: Make) -> None:
    assert odds(some_customers) == 0.0


def test_every_coefficient_adds_what_the_table_says(some_customers: Make) -> None:
    h = Hazard()
    found = odds(
        some_customers, contract=ONE_YEAR, term_left=1, internet=FIBRE, payment=ELECTRONIC_CHECK, senior=True,
        addons=False, tenure=11, rises=[0.05, 0.0, 0.0], tech_recent=[2, 0, 1], admin_recent=[0, 1, 0],
    )  # fmt: skip
    expected = (
        h.contract[1] + h.term_ends + h.internet[2] + h.payment[0] + h.senior + h.no_security + h.no_support
        + h.log_tenure * np.log(12) + 0.05 * h.price_rise + 3 * h.tech_ticket + h.admin_ticket
    )  # fmt: skip
    assert found == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize(
    ("riskier", "safer"),
    [
        ({"contract": MONTHLY}, {"contract": ONE_YEAR, "term_left": 5}),
        ({"contract": ONE_YEAR, "term_left": 5}, {"contract": TWO_YEARS, "term_left": 5}),
        ({"contract": ONE_YEAR, "term_left": 1}, {"contract": ONE_YEAR, "term_left": 5}),
        ({"tenure": 3}, {"tenure": 40}),
        ({"rises": [0.06, 0, 0]}, {"rises": 0}),
        ({"tech_recent": [0, 2, 0]}, {"tech_recent": 0}),
        ({"internet": FIBRE}, {"internet": DSL}),
        ({"internet": DSL, "addons": False}, {"internet": NO_INTERNET, "addons": False}),
        ({"payment": ELECTRONIC_CHECK}, {"payment": BANK_TRANSFER}),
    ],
)
def test_directions(some_customers: Make, riskier: dict[str, object], safer: dict[str, object]) -> None:
    assert odds(some_customers, **riskier) > odds(some_customers, **safer)


def test_the_welcome_lasts_one_month(some_customers: Make) -> None:
    customers = some_customers(3)
    customers.tenure = np.array([1, 2, 30])
    assert welcome(customers, Hazard()).tolist() == pytest.approx([Hazard().welcome, 0.0, 0.0])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=200), st.integers(0, 2**32))
def test_as_many_leave_as_the_risks_add_up_to(risks: list[float], seed: int) -> None:
    risk = np.array(risks)
    leaves = draw_leavers(np.random.default_rng(seed), risk)
    assert abs(leaves.sum() - risk.sum()) < 1 + 1e-9
    assert not leaves[risk == 0].any()


def test_everyone_leaves_at_the_own_risk() -> None:
    risk = np.array([0.05, 0.3, 0.8])
    rng = np.random.default_rng(1)
    shares = np.mean([draw_leavers(rng, risk) for _ in range(20_000)], axis=0)
    assert shares == pytest.approx(risk, abs=0.015)

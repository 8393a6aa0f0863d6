from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.simulation.customers import DSL, FIBRE, MONTHLY, NO_INTERNET, ONE_YEAR, TWO_YEARS, Customers
from data.simulation.events.population import joiners
from data.simulation.events.services import change_services
from data.simulation.parameters import Changes, Parameters

Make = Callable[..., Customers]
STILL = Changes(
    to_one_year=0, to_two_years=0, add_addon=0, drop_addon=0, second_line=0, to_fibre=0, to_dsl=0,
    to_automatic=0, to_electronic=0, to_paperless=0,
)  # fmt: skip


def change(customers: Customers, model: Changes) -> tuple[np.ndarray, np.ndarray]:
    return change_services(np.random.default_rng(2), customers, model)


def test_nothing_changes_by_itself_but_the_months_of_a_term(some_customers: Make) -> None:
    c = some_customers(100, contract=ONE_YEAR, term_left=7)
    changed, renewed = change(c, STILL)
    assert not changed.any()
    assert not renewed.any()
    assert (c.term_left == 6).all()


def test_at_the_end_of_a_term_customers_renew_lengthen_or_go_on_monthly(some_customers: Make) -> None:
    c = some_customers(20_000, contract=ONE_YEAR, term_left=1)
    model = replace(STILL, renew=(0.6, 0.8), lengthen=0.1)
    changed, renewed = change(c, model)
    for contract, share, months in ((ONE_YEAR, 0.6, 12), (TWO_YEARS, 0.1, 24), (MONTHLY, 0.3, 0)):
        chosen = c.contract == contract
        assert chosen.mean() == pytest.approx(share, abs=0.015)
        assert (c.term_left[chosen] == months).all()
    assert (renewed == (c.contract != MONTHLY)).all()
    assert (changed == (c.contract != ONE_YEAR)).all()


def test_the_engaged_sign_contracts_more_often(some_customers: Make) -> None:
    model = replace(STILL, to_one_year=0.05, signing_pull=0.5)
    signed = []
    for engagement in (-1.0, 1.0):
        c = some_customers(20_000, contract=MONTHLY, term_left=0, engagement=engagement)
        change(c, model)
        signed.append((c.contract == ONE_YEAR).mean())
    assert signed == pytest.approx([0.05 * np.exp(-0.5), 0.05 * np.exp(0.5)], abs=0.006)


def test_at_most_one_addon_comes_or_goes_in_a_month(some_customers: Make) -> None:
    c = some_customers(3000, internet=DSL)
    before = c.addons.copy()
    changed, _ = change(c, replace(STILL, add_addon=0.5, drop_addon=0.5))
    differences = (before != c.addons).sum(axis=1)
    assert set(differences) == {0, 1}
    assert (changed == (differences == 1)).all()


@settings(max_examples=25)
@given(st.integers(0, 2**32))
def test_services_still_fit_each_other_after_a_year_of_changes(seed: int) -> None:
    rng = np.random.default_rng(seed)
    numbers = np.arange(300)
    c = joiners(rng, numbers, numbers, numbers, 10, Parameters())
    lively = Changes(add_addon=0.2, drop_addon=0.2, to_fibre=0.1, to_dsl=0.1, second_line=0.1)
    for _ in range(12):
        change_services(rng, c, lively)
    assert not c.addons[c.internet == NO_INTERNET].any()
    assert not c.lines[~c.phone].any()
    assert c.phone[c.internet == FIBRE].all()
    assert ((c.term_left > 0) == (c.contract != MONTHLY)).all()

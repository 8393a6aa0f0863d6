from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from data.simulation.customers import MONTHLY, NO_OFFER, TWO_YEARS, Customers
from data.simulation.events.campaigns import (
    campaign_name,
    draw_campaign,
    effects,
    is_campaign_month,
    let_run_out,
    put_in_force,
)
from data.simulation.parameters import Campaigns

Make = Callable[..., Customers]
MODEL = Campaigns()
N = 20_000


def rng() -> np.random.Generator:
    return np.random.default_rng(4)


def test_campaigns_are_counted_back_from_the_last_observation_date() -> None:
    months = [month for month in range(80, 110) if is_campaign_month(month, 100, MODEL)]
    assert months == [80, 84, 88, 92, 96]
    assert campaign_name(12 * 56 + 2) == "retention-2026-03"


def test_chance_alone_decides_who_is_drawn_and_what_is_offered(some_customers: Make) -> None:
    c = some_customers(N)
    known = np.arange(N) < N // 2
    draw = draw_campaign(rng(), c, known, MODEL, "spring")
    assert known[draw.rows].all()
    assert len(draw.rows) / (N // 2) == pytest.approx(MODEL.share, abs=0.015)
    offered = np.bincount(draw.offer) / len(draw.offer)
    assert offered == pytest.approx(MODEL.odds, abs=0.02)
    monthly = c.contract[draw.rows] == MONTHLY
    assert monthly[draw.offer == NO_OFFER].mean() == pytest.approx(monthly.mean(), abs=0.03)


def test_the_price_sensitive_answer_a_discount_and_the_contented_are_woken(some_customers: Make) -> None:
    discount = MODEL.offers.index("discount")
    sensitive = some_customers(N, contract=MONTHLY, rises=[0.05, 0, 0], tenure=3)
    contented = some_customers(N, contract=TWO_YEARS, term_left=9, rises=0, tech_recent=0, tenure=40)
    assert effects(rng(), sensitive, MODEL)[:, discount].mean() < -0.3
    assert effects(rng(), contented, MODEL)[:, discount].mean() > 0.1


def test_a_support_call_helps_those_with_technical_trouble(some_customers: Make) -> None:
    call = MODEL.offers.index("support_call")
    troubled = effects(rng(), some_customers(N, tech_recent=[1, 1, 0]), MODEL)[:, call]
    others = effects(rng(), some_customers(N, tech_recent=0), MODEL)[:, call]
    assert troubled.mean() < others.mean() - 0.3


def test_no_offer_does_nothing_and_most_feel_little(some_customers: Make) -> None:
    found = effects(rng(), some_customers(N, tenure=12), MODEL)
    assert (found[:, NO_OFFER] == 0).all()
    assert (np.abs(found[:, 1:]) < 0.1).mean() > 0.5


def test_an_offer_acts_for_its_months_and_then_no_longer(some_customers: Make) -> None:
    c = some_customers(N)
    draw = draw_campaign(rng(), c, np.ones(N, dtype=bool), MODEL, "spring")
    put_in_force(c, draw, MODEL)
    chosen = draw.effects[np.arange(len(draw.rows)), draw.offer]
    for _ in range(MODEL.lasts_months):
        assert (c.offer_effect[draw.rows] == chosen).all()
        let_run_out(c)
    assert not c.offer_effect.any()
    assert not c.offer.any()

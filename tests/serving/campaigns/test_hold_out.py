"""Whom the draw holds out, and whom the control group keeps for good."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.campaigns.control_group import in_control
from serving.campaigns.hold_out import draw, strata, surely_held


def ids(customers: int) -> pd.Series:
    return pd.Series([f"c{number}" for number in range(customers)])


def test_a_stratum_is_segment_offer_and_tenth_of_the_risk() -> None:
    chosen = pd.DataFrame(
        {"segment": "New", "offer": "discount", "probability": np.linspace(0, 1, 20)[::-1]},
    )
    found = strata(chosen).tolist()
    assert found[:3] == ["New / discount / 10", "New / discount / 10", "New / discount / 09"]
    assert found[-1] == "New / discount / 01"


@given(st.lists(st.integers(0, 4), min_size=1, max_size=200), st.sampled_from([0.0, 0.05, 0.1, 0.25, 0.5]))
def test_each_stratum_is_held_out_to_its_share_rounded(numbers: list[int], share: float) -> None:
    stratum = np.array([str(number) for number in numbers], dtype=object)
    held = draw(ids(len(numbers)), stratum, share, "spring", 1)
    for one in set(stratum):
        exact = (stratum == one).sum() * share
        assert np.floor(exact + 1e-9) <= held[stratum == one].sum() <= np.ceil(exact - 1e-9)


def test_every_customer_is_held_out_with_the_same_chance() -> None:
    """Also those alone in their stratum; over 4,000 names one in ten is held out, at 6 standard errors."""
    stratum = np.array(["a"] * 7 + ["b"] + ["c"] * 3, dtype=object)
    times = sum(draw(ids(11), stratum, 0.1, f"name{number}", 0).astype(int) for number in range(4_000))
    assert times / 4_000 == pytest.approx(np.full(11, 0.1), abs=6 * np.sqrt(0.09 / 4_000))


def test_the_draw_is_the_same_in_any_order_of_rows_and_another_with_another_seed() -> None:
    customers, stratum = ids(300), np.array(["a", "b", "c"] * 100, dtype=object)
    held = set(customers[draw(customers, stratum, 0.1, "spring", 1)])
    mixed = np.random.default_rng(0).permutation(300)
    assert set(customers[mixed][draw(customers[mixed], stratum[mixed], 0.1, "spring", 1)]) == held
    assert set(customers[draw(customers, stratum, 0.1, "spring", 2)]) != held
    assert set(customers[draw(customers, stratum, 0.1, "autumn", 1)]) != held


@given(st.integers(0, 10_000))
def test_no_draw_holds_out_cheaper_customers_than_the_sure_ones(seed: int) -> None:
    stratum = np.array(["a"] * 23 + ["b"] * 9, dtype=object)
    cost = np.random.default_rng(seed).random(32)
    sure = surely_held(stratum, cost, 0.1)
    assert sure.sum() == 2
    assert cost[draw(ids(32), stratum, 0.1, "x", seed)].sum() >= cost[sure].sum()


def test_the_control_group_has_its_share_and_stays() -> None:
    customers = ids(20_000)
    group = in_control(customers, "key", 0.02)
    assert group.mean() == pytest.approx(0.02, abs=0.003)
    assert in_control(customers[::-1], "key", 0.02)[::-1].tolist() == group.tolist()
    assert (group <= in_control(customers, "key", 0.05)).all()
    assert (group != in_control(customers, "other", 0.02)).any()
    assert not in_control(customers, "key", 0.0).any()
    assert in_control(customers, "key", 1.0).all()

"""Whom the draw holds out, and whom the control group keeps for good."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.campaigns.control_group import in_control
from serving.campaigns.hold_out import Draw, strata
from serving.model.customers import hashes


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
    held = Draw(share, "spring", 1).held_out(ids(len(numbers)), stratum)
    for one in set(stratum):
        exact = (stratum == one).sum() * share
        assert np.floor(exact + 1e-9) <= held[stratum == one].sum() <= np.ceil(exact - 1e-9)


def test_every_customer_is_held_out_with_the_same_chance() -> None:
    """Also those alone in their stratum; over 4,000 names one in ten is held out, at 6 standard errors."""
    stratum = np.array(["a"] * 7 + ["b"] + ["c"] * 3, dtype=object)
    times = sum(
        Draw(0.1, f"name{number}", 0).held_out(ids(11), stratum).astype(int) for number in range(4_000)
    )
    assert times / 4_000 == pytest.approx(np.full(11, 0.1), abs=6 * np.sqrt(0.09 / 4_000))


def test_the_draw_is_the_same_in_any_order_of_rows_and_another_with_another_seed() -> None:
    customers, stratum = ids(300), np.array(["a", "b", "c"] * 100, dtype=object)
    held = set(customers[Draw(0.1, "spring", 1).held_out(customers, stratum)])
    mixed = np.random.default_rng(0).permutation(300)
    assert set(customers[mixed][Draw(0.1, "spring", 1).held_out(customers[mixed], stratum[mixed])]) == held
    assert set(customers[Draw(0.1, "spring", 2).held_out(customers, stratum)]) != held
    assert set(customers[Draw(0.1, "autumn", 1).held_out(customers, stratum)]) != held


def test_no_start_contacts_for_more_than_the_most() -> None:
    """Another seed is another start and another order; of one order there are ten starts at one in ten."""
    stratum = np.array(["a"] * 23 + ["b"] * 9, dtype=object)
    cost = np.random.default_rng(1).random((32, 1))
    draw = Draw(0.1, "x", 5)
    most = draw.most_contacted(ids(32), stratum, cost)
    order = np.lexsort((hashes(ids(32), draw._digest().hex()), stratum.astype(str)))
    every = [cost.sum() - cost[order[start::10]].sum() for start in range(10)]
    assert most == pytest.approx([max(every)])
    contacted = cost[~draw.held_out(ids(32), stratum)].sum()
    assert any(contacted == pytest.approx(one) for one in every)


def test_without_a_hold_out_everybody_is_contacted() -> None:
    stratum = np.array(["a"] * 5, dtype=object)
    draw = Draw(0.0, "x", 0)
    assert not draw.held_out(ids(5), stratum).any()
    assert draw.most_contacted(ids(5), stratum, np.ones((5, 1))).tolist() == [5]


def test_the_control_group_has_its_share_and_stays() -> None:
    customers = ids(20_000)
    group = in_control(customers, "key", 0.02)
    assert group.mean() == pytest.approx(0.02, abs=0.003)
    assert in_control(customers[::-1], "key", 0.02)[::-1].tolist() == group.tolist()
    assert (group <= in_control(customers, "key", 0.05)).all()
    assert (group != in_control(customers, "other", 0.02)).any()
    assert not in_control(customers, "key", 0.0).any()
    assert in_control(customers, "key", 1.0).all()

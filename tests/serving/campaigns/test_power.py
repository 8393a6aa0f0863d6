"""How many customers a fall needs, and which fall a campaign can see."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.campaigns.power import can_be_seen, in_words, needed, smallest_fall
from serving.errors import CampaignError


def test_a_fall_of_a_fifth_from_six_percent() -> None:
    """(1.959964 + 0.841621)² · (0.06 · 0.94 + 0.048 · 0.952) / 0.012² = 7.848879 · 0.102096 / 0.000144.

    That is 5,564.86.
    """
    assert needed(0.06, 0.2) == math.ceil(7.848879 * 0.102096 / 0.000144) == 5_565


def test_it_is_near_to_the_arcsine_formula() -> None:
    """`NormalIndPower().solve_power(proportion_effectsize(.06, .048), alpha=.05, power=.8)` is 5,552.1."""
    effect = 2 * (math.asin(math.sqrt(0.06)) - math.asin(math.sqrt(0.048)))
    assert 2 * 7.848879 / effect**2 == pytest.approx(5_552.1, abs=0.1)
    assert needed(0.06, 0.2) == pytest.approx(5_552.1, rel=0.003)


def test_so_many_customers_see_that_fall_and_no_smaller_one() -> None:
    assert smallest_fall(0.06, 5_565, 5_565) == pytest.approx(0.2, abs=1e-5)
    assert can_be_seen(0.2, 0.06, 5_565, 5_565)
    assert not can_be_seen(0.2, 0.06, 5_564, 5_564)


def test_the_smaller_arm_decides() -> None:
    few = smallest_fall(0.06, 4_500, 500)
    even = smallest_fall(0.06, 2_500, 2_500)
    assert few is not None
    assert even is not None
    assert few > even > 0.2


def test_simulated_campaigns_of_that_size_see_the_fall_four_times_in_five() -> None:
    draw, size = np.random.default_rng(1), 5_565
    held, offered = (draw.binomial(size, share, 20_000) / size for share in (0.06, 0.048))
    error = np.sqrt((held * (1 - held) + offered * (1 - offered)) / size)
    assert (np.abs(held - offered) / error > 1.959964).mean() == pytest.approx(0.8, abs=0.01)


def test_no_hold_out_and_a_handful_see_nothing() -> None:
    assert smallest_fall(0.06, 5_000, 0) is None
    assert smallest_fall(0.06, 10, 10) is None
    assert not can_be_seen(1.0, 0.06, 10, 10)


@given(st.floats(0.01, 0.9), st.floats(0.05, 1))
def test_one_turns_round_the_other(baseline: float, fall: float) -> None:
    arm = needed(baseline, fall)
    assert can_be_seen(fall, baseline, arm, arm)
    smallest = smallest_fall(baseline, max(1, arm - 1), max(1, arm - 1))
    assert smallest is None or smallest > fall - 1e-9 or arm == 1


def test_words_never_say_missed() -> None:
    words = in_words(0.2, 0.06, 900, 100)
    assert words.startswith("To see churn fall by 20.0% from 6.0% you need 5,565 customers an arm.")
    assert "not yet known" in words
    assert "no fall can be seen" in in_words(0.2, 0.06, 10, 0)
    assert "not yet known" not in in_words(0.2, 0.06, 6_000, 6_000)


@pytest.mark.parametrize(
    ("baseline", "fall", "message"),
    [
        (0, 0.2, "churn of 0 "),
        (1, 0.2, "churn of 1 "),
        (0.06, 0, "a fall of 0 "),
        (0.06, 1.2, "a fall of 1.2 "),
    ],
)
def test_what_cannot_be_is_named(baseline: float, fall: float, message: str) -> None:
    with pytest.raises(CampaignError, match=message):
        needed(baseline, fall)

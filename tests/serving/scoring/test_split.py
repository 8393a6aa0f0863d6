from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.scoring.split import in_share

ids = st.text(st.characters(codec="utf-8"), min_size=1, max_size=40)
shares = st.floats(0, 1)


@given(ids, ids, shares, shares)
def test_who_is_of_a_share_is_of_every_larger_one(customer: str, salt: str, one: float, other: float) -> None:
    small, large = sorted([one, other])
    assert in_share(customer, salt, small) <= in_share(customer, salt, large)
    assert in_share(customer, salt, one) == in_share(customer, salt, one)


@given(ids, ids)
def test_the_whole_and_nothing(customer: str, salt: str) -> None:
    assert in_share(customer, salt, 1.0)
    assert not in_share(customer, salt, 0.0)


@pytest.mark.parametrize("share", [0.01, 0.1, 0.5, 0.9])
@pytest.mark.parametrize("salt", ["churn:aaaa", "churn:aaab"])
def test_the_share_is_as_large_as_it_says(share: float, salt: str) -> None:
    customers = 20_000
    drawn = sum(in_share(f"{number:05d}-CUST", salt, share) for number in range(customers))
    deviation = (customers * share * (1 - share)) ** 0.5
    assert abs(drawn - customers * share) < 4 * deviation


def test_another_salt_draws_others() -> None:
    customers = [f"{number:05d}-CUST" for number in range(20_000)]
    both = sum(in_share(c, "churn:a", 0.5) and in_share(c, "churn:b", 0.5) for c in customers)
    assert abs(both - 5_000) < 4 * (20_000 * 0.25 * 0.75) ** 0.5


def test_the_hash_stays_the_same_from_release_to_release() -> None:
    drawn = [number for number in range(20) if in_share(f"{number:04d}-TESTA", "churn:x", 0.3)]
    assert drawn == [5, 8, 9, 18]

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.simulation.identities import customer_ids

TELCO_FORM = re.compile(r"[0-9]{4}-[A-Z]{5}")


@given(st.lists(st.integers(0, 1_000_000_000), unique=True, max_size=50), st.integers(0, 2**63 - 1))
def test_different_numbers_have_different_ids_of_the_telco_form(numbers: list[int], seed: int) -> None:
    ids = customer_ids(np.array(numbers, dtype=np.int64), seed).to_pylist()
    assert len(set(ids)) == len(numbers)
    assert all(TELCO_FORM.fullmatch(i) and not i.startswith("0000") for i in ids)


def test_an_id_depends_on_number_and_seed_alone() -> None:
    alone = customer_ids(np.array([5]), 7).to_pylist()
    among = customer_ids(np.arange(10), 7).to_pylist()
    assert alone == among[5:6]
    assert alone != customer_ids(np.array([5]), 8).to_pylist()


@pytest.mark.slow
def test_a_million_customers_have_a_million_ids() -> None:
    assert len(customer_ids(np.arange(1_000_000), 7).unique()) == 1_000_000

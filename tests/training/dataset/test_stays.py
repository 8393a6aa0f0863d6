"""Labels of random stays against the definition, read word by word."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shipped_settings import changed, default_settings
from small_lakes import write_lake
from stays import LAST, Telecom, day_of, telecoms

from training.dataset.cohorts import build_cohorts
from training.dataset.history import read_history
from training.errors import CohortError


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(telecoms(), st.integers(60, 250), st.integers(0, 40), st.integers(1, 100))
def test_a_label_is_the_end_of_the_stay_that_was_known(
    tmp_path: Path, telecom: Telecom, day: int, gap: int, horizon: int
) -> None:
    lake = write_lake(tmp_path / "lake", telecom.known(LAST + 200, 0), str(day_of(LAST + 200).date()))
    date = str(day_of(day).date())
    window = changed(
        default_settings().cohorts,
        dates=(date,),
        gap_days=gap,
        horizon_days=horizon,
        leaves_recorded_from="2025-01-01",
    )
    expected = labels(telecom, day, gap, horizon)
    if len(set(expected.values())) < 2:
        with pytest.raises(CohortError):
            build_cohorts(read_history(lake), window)
        return
    rows = build_cohorts(read_history(lake), window).rows
    assert dict(zip(rows["customerID"], rows["churned"], strict=True)) == expected


def labels(telecom: Telecom, day: int, gap: int, horizon: int) -> dict[str, int]:
    """1 for who left in the window, 0 for who was still there after it; nobody who left before."""
    found = {}
    for customer in telecom.stays:
        stay = telecom.stay_of(customer, day)
        left = None if stay is None else stay.left
        if stay is None or (left is not None and left <= day + gap):
            continue
        found[customer] = int(left is not None and left <= day + gap + horizon)
    return found

from __future__ import annotations

import numpy as np
import pytest

from data.simulation.events.lateness import learned
from data.simulation.parameters import Late
from data.simulation.timeline import DAY_US

EVENTS = np.arange(20_000, 40_000) * DAY_US


def test_rows_in_time_are_learned_before_the_day_is_over() -> None:
    delay = learned(np.random.default_rng(1), EVENTS, 0.0, 25, Late()) - EVENTS
    assert delay.min() >= DAY_US / 24
    assert delay.max() < DAY_US


def test_late_rows_are_days_or_weeks_late_and_as_many_as_said() -> None:
    days = (learned(np.random.default_rng(1), EVENTS, 0.05, 25, Late()) - EVENTS) // DAY_US
    assert (days > 0).mean() == pytest.approx(0.05, abs=0.01)
    assert set(days[days > 0]) == set(range(1, 26))

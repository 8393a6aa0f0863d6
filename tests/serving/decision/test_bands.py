from __future__ import annotations

import pytest
from small_cards import small_thresholds

from serving.card.thresholds import Thresholds
from serving.decision.bands import WITHOUT_THRESHOLD, bands_of
from serving.settings import Bands, load_settings


def thresholds(chosen: float | None) -> Thresholds:
    content = small_thresholds()
    content["chosen"] = content["profit"]["threshold"] = chosen
    return Thresholds.model_validate(content)


def test_high_begins_at_the_chosen_threshold_and_medium_at_half_of_it() -> None:
    assert bands_of(load_settings().bands, thresholds(0.18)) == Bands(medium=0.09, high=0.18)
    assert bands_of(None, thresholds(None)) == WITHOUT_THRESHOLD == Bands(medium=0.25, high=0.5)


def test_the_setting_goes_before_the_threshold() -> None:
    assert bands_of(Bands(medium=0.3, high=0.6), thresholds(0.18)) == Bands(medium=0.3, high=0.6)


@pytest.mark.parametrize("chosen", [0.0, 1.0])
def test_a_threshold_at_the_end_of_the_scale(chosen: float) -> None:
    bands = bands_of(None, thresholds(chosen))
    assert 0 < bands.medium < bands.high < 1
    assert bands.high == pytest.approx(chosen, abs=1e-5)

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.errors import FormatError
from serving.model.calibration import Calibrator


def test_the_identity_leaves_probabilities_as_they_are() -> None:
    raw = np.array([0.01, 0.2654, 0.5, 0.99])
    np.testing.assert_allclose(Calibrator(1, 0).apply(raw), raw, rtol=1e-12)


def test_a_value_worked_out_by_hand() -> None:
    # logit(0.8) = ln 4; 2 ln 4 + ln 2 = ln 32; sigmoid(ln 32) = 32/33
    assert Calibrator(2, float(np.log(2))).apply(np.array([0.8]))[0] == pytest.approx(32 / 33, abs=1e-15)


def test_a_classifiers_single_precision_becomes_double() -> None:
    calibrated = Calibrator(1, 0).apply(np.array([0.25], dtype="float32"))
    assert (calibrated.dtype, calibrated[0]) == (np.float64, pytest.approx(0.25, abs=1e-15))


def test_certainty_is_clipped() -> None:
    np.testing.assert_allclose(Calibrator(1, 0).apply(np.array([0.0, 1.0])), [1e-6, 1 - 1e-6], rtol=1e-9)


@given(
    st.lists(st.floats(0, 1), min_size=2, max_size=9).map(sorted), st.floats(0.01, 100), st.floats(-50, 50)
)
def test_the_rank_is_kept_and_the_answer_is_a_probability(
    raw: list[float], slope: float, intercept: float
) -> None:
    calibrated = Calibrator(slope, intercept).apply(np.array(raw))
    assert (np.diff(calibrated) >= 0).all()
    assert ((calibrated >= 0) & (calibrated <= 1)).all()


def test_json_gives_the_same_calibrator() -> None:
    calibrator = Calibrator(0.1 + 0.2, -1e-17)
    assert Calibrator.from_json(json.loads(json.dumps(calibrator.to_json()))) == calibrator
    assert Calibrator(0.5, -2.0).to_json() == {"slope": 0.5, "intercept": -2.0}


def test_what_is_not_finite_is_refused() -> None:
    for slope, intercept in ((float("nan"), 0.0), (1.0, float("inf"))):
        with pytest.raises(FormatError) as refused:
            Calibrator(slope, intercept)
        assert str(refused.value) == (
            f"calibrator: slope {slope} and intercept {intercept} must be finite; fit again"
        )
    with pytest.raises(FormatError, match="calibrator: intercept"):
        Calibrator.from_json({"slope": 1})

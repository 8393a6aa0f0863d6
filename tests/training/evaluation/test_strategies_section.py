"""Strategies of segments: figures by hand, the playbook's offers, and a playbook that cannot be used."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from serving.card.thresholds import Outcome, PrecisionFloor, Rule, Thresholds
from serving.decision.profit import expected_profit
from serving.settings import load_settings
from training.evaluation.strategies import strategies_section, strategy_of

MOMENT = datetime(2026, 7, 1, tzinfo=UTC)
OUTCOME = Outcome(precision=0.5, recall=0.5, contact_share=0.5, profit_per_customer=1.0)
FLOOR = PrecisionFloor(
    threshold=0.6, untouched=OUTCOME, floor=0.5, confidence=0.9, lower_bound=0.5, next_time=0.9
)
THRESHOLDS = Thresholds(
    rule="profit", chosen=0.3, profit=Rule(threshold=0.3, untouched=OUTCOME), precision_floor=FLOOR
)


def section(run: Any) -> dict[str, Any]:
    return strategies_section(run, THRESHOLDS, load_settings(), MOMENT)


def test_every_row_is_in_one_segment_and_figures_add_up(finished) -> None:
    _, run = finished
    found = section(run)
    assert sum(one["rows"] for one in found["segments"]) == found["rows"] == len(run.untouched)
    for name in ("churn_rate", "value"):
        mean = sum(one["rows"] * one[name] for one in found["segments"]) / found["rows"]
        assert mean == pytest.approx(found[name])
    assert [one["name"] for one in found["segments"]] == list(run.model.segments.names)
    features = {feature.name for feature in run.model.encoder.features}
    for one in found["segments"]:
        points = [abs(driver["points"]) for driver in one["drivers"]]
        assert len(points) == 3
        assert points == sorted(points, reverse=True)
        assert {driver["feature"] for driver in one["drivers"]} <= features


def test_without_measured_effects_every_effect_is_the_playbooks(finished) -> None:
    """Eligible for a support call is who is not in band low: p of at least half the threshold."""
    _, run = finished
    found = section(run)
    assert found["offers_missing"] is None
    assert not found["effects_measured"]
    frame = run.dataset.features.iloc[run.splits.holdout.test]
    segments = run.model.segments.assign(run.model.segments.encoder.encode_frame(frame))
    for number, one in enumerate(found["segments"]):
        inside = segments == number
        (offer,) = [offer for offer in one["offers"] if offer["offer"] == "support_call"]
        p = run.untouched.probability[inside]
        eligible = p >= 0.15
        assert offer["name"] == {"en": "Support call", "es": "Llamada de soporte"}
        assert not offer["measured"]
        assert offer["eligible"] == pytest.approx(eligible.mean())
        charges = frame["MonthlyCharges"].to_numpy("float64")[inside][eligible]
        if eligible.any():
            assert offer["effect"] == pytest.approx(0.3 * p[eligible].mean())
            brings = expected_profit(p[eligible], 0.3 * p[eligible], 200 * charges / 65, 8, 1)
            assert offer["profit"] == pytest.approx(brings.mean())
        else:
            assert offer["effect"] is None
        assert one["any_pays"] == pytest.approx(sum(offer["best"] for offer in one["offers"]))


def test_a_playbook_that_cannot_be_used_is_said_and_segments_are_still_described(
    finished, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, run = finished
    monkeypatch.setenv("STAYLINE_PLAYBOOK", str(tmp_path / "none.yaml"))
    found = section(run)
    assert "none.yaml" in found["offers_missing"]
    assert all(one["offers"] == [] and one["any_pays"] is None for one in found["segments"])
    assert all(one["drivers"] for one in found["segments"])


def test_a_segment_without_a_row_has_no_figures(finished) -> None:
    _, run = finished
    segments = run.model.segments
    far = np.vstack([segments.centroids, np.full(segments.centroids.shape[1], 1e6)])
    more = replace(
        segments,
        centroids=far,
        names=(*segments.names, "Empty"),
        profiles=(*segments.profiles, segments.profiles[0]),
    )
    *_, empty = section(replace(run, model=replace(run.model, segments=more)))["segments"]
    assert empty["rows"] == 0
    assert empty["churn_rate"] is empty["value"] is empty["strategy"] is empty["any_pays"] is None
    assert empty["drivers"] == []


@pytest.mark.parametrize(
    ("churn", "value", "strategy"),
    [
        (0.3, 120.0, "keep_first"),
        (0.3, 100.0, "keep_cheaply"),
        (0.2, 120.0, "look_after"),
        (0.2, 80.0, "leave_alone"),
        (None, None, None),
    ],
)
def test_the_strategy_goes_by_churn_and_value_beside_everybodys(
    churn: float | None, value: float | None, strategy: str | None
) -> None:
    assert strategy_of(churn, value, 0.2, 100.0) == strategy

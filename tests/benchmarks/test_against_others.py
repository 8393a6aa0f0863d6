"""The verdict on a paired comparison, and the base with thresholds."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"
FIGURES = {
    "Stayline": [0.90, 0.91, 0.92],
    "EBM": [0.88, 0.89, 0.90],
    "CatBoost": [0.80, 0.82, 0.81],
}


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(FOLDER)
    return importlib.import_module("against_others")


@pytest.mark.parametrize(
    ("gain", "error", "verdict"),
    [
        (0.0019, 0.0001, "within noise"),
        (-0.0019, 0.0001, "within noise"),
        (0.0021, 0.0010, "ahead"),
        (-0.0021, 0.0010, "behind"),
        (-0.0021, 0.0011, "within noise"),
    ],
)
def test_noise_is_two_standard_errors_or_the_margin(
    script: Any, gain: float, error: float, verdict: str
) -> None:
    assert script.verdict_of(gain, error) == verdict


def table(figures: dict[str, list[float]], metrics: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame({(metric, side): of for metric in metrics for side, of in figures.items()})


def test_the_difference_is_paired_and_to_the_better_of_the_two(script: Any) -> None:
    found = script.compared(table(FIGURES, script.METRICS)).loc["auc"]
    assert found["best other"] == "EBM"
    assert found["difference"] == pytest.approx(0.02)
    assert found["standard error"] == pytest.approx(0.0, abs=1e-12)
    assert found["verdict"] == "ahead"


def test_where_less_is_better_more_is_behind(script: Any) -> None:
    found = script.compared(table(FIGURES, script.METRICS)).loc["brier"]
    assert found["best other"] == "CatBoost"
    assert found["difference"] == pytest.approx(0.1)
    assert found["verdict"] == "behind"


def test_bases_differ_and_are_seeded(script: Any) -> None:
    bases = importlib.import_module("others_sides.bases")
    first, again = bases.thresholds(), bases.thresholds()
    assert first.fingerprint == again.fingerprint
    young = first.features["tenure"].astype(float).to_numpy() < 24
    dear = first.features["MonthlyCharges"].astype(float).to_numpy()
    below, above = (young & (dear >= low) & (dear < low + 5) for low in (75, 80))
    assert first.churned[above].mean() > first.churned[below].mean() + 0.2
    assert np.isin(first.churned, (0, 1)).all()

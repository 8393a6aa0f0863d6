from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import auc, roc_auc_score

from training.evaluation.ranking import curves_section, lift_section, reliability_section
from training.metrics.scored import Scored


def scored(probability, churned, raw=None) -> Scored:
    probability, churned = np.asarray(probability, dtype=float), np.asarray(churned)
    raw = probability if raw is None else np.asarray(raw, dtype=float)
    return Scored(np.arange(len(churned)).astype(str), churned, raw, probability, np.ones(len(churned)))


def test_deciles_by_hand():
    # 20 rows; the four churners have ranks 1, 2, 3 and 20.
    churned = np.zeros(20, dtype=int)
    churned[[0, 1, 2, 19]] = 1
    section = lift_section(scored(np.linspace(0.95, 0, 20), churned))
    first, second, *_, last = section["deciles"]
    assert (first["rows"], first["churned"], first["churn_rate"], first["lift"], first["gain"]) == (
        2,
        2,
        1,
        5,
        0.5,
    )
    assert (second["churned"], second["lift"], second["gain"]) == (1, 2.5, 0.75)
    assert (last["decile"], last["churned"], last["gain"]) == (10, 1, 1.0)
    assert first["mean_probability"] == pytest.approx(0.925)
    assert section["gain_curve"][0] == [0, 0]
    assert section["gain_curve"][-1] == [1, 1]


def test_curves_keep_their_ends_and_their_area():
    random = np.random.default_rng(2)
    probability = random.random(3000)
    churned = (random.random(3000) < probability).astype(int)
    section = curves_section(scored(probability, churned))
    roc, precision_recall = np.array(section["roc"]), np.array(section["precision_recall"])
    assert len(roc) <= 200
    assert len(precision_recall) <= 200
    assert roc[0].tolist() == [0, 0]
    assert roc[-1].tolist() == [1, 1]
    assert auc(roc[:, 0], roc[:, 1]) == pytest.approx(roc_auc_score(churned, probability), abs=0.005)
    assert section["churn_rate"] == churned.mean()


def test_reliability_by_hand():
    raw = [0.85, 0.85, 0.85, 0.85]
    section = reliability_section(scored([0.25, 0.25, 0.25, 0.35], [1, 0, 0, 0], raw))
    assert section["raw"] == {
        "ece": pytest.approx(0.6),
        "bins": [
            {"low": 0.8, "high": 0.9, "rows": 4, "mean_probability": pytest.approx(0.85), "churn_rate": 0.25}
        ],
    }
    low, high = section["calibrated"]["bins"]
    assert (low["rows"], high["rows"]) == (3, 1)
    assert section["calibrated"]["ece"] == pytest.approx((3 * (1 / 3 - 0.25) + 0.35) / 4)

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from training.evaluation.fairness import FIGURES, fairness_section
from training.metrics.scored import Scored


def scored(probability, churned) -> Scored:
    probability, churned = np.asarray(probability, dtype=float), np.asarray(churned)
    return Scored(
        np.arange(len(churned)).astype(str), churned, probability, probability, np.ones(len(churned))
    )


@pytest.fixture
def rows():
    """Forty women of whom ten churn, all found; forty men of whom ten churn, none found."""
    churned = np.tile(np.r_[np.ones(10), np.zeros(30)].astype(int), 2)
    women = np.where(churned[:40] == 1, 0.9, 0.2)
    men = np.where(churned[40:] == 1, 0.2, 0.3)
    features = pd.DataFrame({"gender": ["Female"] * 40 + ["Male"] * 40, "SeniorCitizen": [False] * 80})
    return scored(np.r_[women, men], churned), features


def test_figures_by_hand(rows):
    section = fairness_section(*rows, ["gender"], threshold=0.5, draws=200, seed=1)
    women, men = (section["attributes"]["gender"]["groups"][name] for name in ("Female", "Male"))
    assert (women["rows"], women["churned"], women["churn_rate"]) == (40, 10, 0.25)
    assert women["contact_share"]["estimate"] == 0.25
    assert women["false_positive_rate"]["estimate"] == 0
    assert women["false_negative_rate"]["estimate"] == 0
    assert women["precision"]["estimate"] == 1
    assert women["calibration_gap"]["estimate"] == pytest.approx((10 * 0.9 + 30 * 0.2) / 40 - 0.25)
    assert men["false_negative_rate"]["estimate"] == 1
    assert men["precision"] == {"estimate": None, "low": None, "high": None}
    assert men["auc"]["estimate"] == roc_auc_score(rows[0].churned[40:], rows[0].probability[40:])
    differences = section["attributes"]["gender"]["differences"]
    assert set(differences) == set(FIGURES)
    assert differences["false_negative_rate"]["estimate"] == 1
    assert differences["precision"]["estimate"] is None


def test_one_group_has_no_difference_and_small_groups_are_named(rows):
    judged, features = rows
    features = features.assign(Partner=["Yes"] * 75 + [None] * 5)
    section = fairness_section(judged, features, ["SeniorCitizen", "Partner", "Region"], 0.5, 200, 1)
    assert section["absent"] == ["Region"]
    assert section["attributes"]["SeniorCitizen"]["differences"] == {}
    partner = section["attributes"]["Partner"]
    assert list(partner["groups"]) == ["Yes"]
    assert partner["left_out"] == {"missing": "5 rows, 0 churned: too few to say anything"}


def test_equal_groups_do_not_differ_by_more_than_noise():
    random = np.random.default_rng(3)
    probability = random.beta(1, 2, 4000)
    churned = (random.random(4000) < probability).astype(int)
    features = pd.DataFrame({"gender": random.choice(["Female", "Male"], 4000)})
    section = fairness_section(scored(probability, churned), features, ["gender"], 0.4, 400, 1)
    gap = section["attributes"]["gender"]["differences"]["false_negative_rate"]
    assert gap["low"] < 0.0 < gap["high"]
    assert gap["estimate"] < 0.1

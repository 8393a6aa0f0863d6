from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from lightgbm import LGBMClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from data.simulation.history import simulate
from data.simulation.resemblance import (
    SHARE_TOLERANCE,
    SHARES,
    TARGETS,
    cohort,
    last_cohort,
    last_observation,
    measure,
    shares,
)
from data.simulation.settings import Settings

# The fixture `default_base` is described in conftest.py.
Base = Any
END = date(2026, 11, 1)


def test_the_targets_are_those_of_the_published_file(real_csv: Path) -> None:
    telco = pd.read_csv(real_csv)
    telco["TotalCharges"] = pd.to_numeric(telco["TotalCharges"], errors="coerce").fillna(0.0)
    telco["left"] = telco["Churn"] == "Yes"
    for name, value in measure(telco).items():
        assert value == pytest.approx(TARGETS[name].value, abs=0.006), name
    for (column, category), share in shares(telco).items():
        assert share == pytest.approx(SHARES[column][category], abs=0.001), (column, category)


def test_figures_of_four_customers_worked_out_by_hand() -> None:
    frame = pd.DataFrame(
        {
            "tenure": [0, 0, 0, 4],
            "MonthlyCharges": [1.0, 2.0, 3.0, 4.0],
            "TotalCharges": [0.0, 0.0, 0.0, 8.0],
            "left": [True, False, False, False],
        }
    )
    found = measure(frame)
    assert found["share leaving"] == 0.25
    # Deviations -1, -1, -1, 3: (24 / 4) / (12 / 4) ** 1.5.
    assert found["skew of tenure"] == pytest.approx(6 / 3**1.5)
    assert found["skew of MonthlyCharges"] == pytest.approx(0.0)
    assert found["correlation tenure, TotalCharges"] == pytest.approx(1.0)


def assert_like_the_published_one(found: pd.DataFrame) -> None:
    for name, value in measure(found).items():
        target = TARGETS[name]
        assert value == pytest.approx(target.value, abs=target.tolerance), name
    for (column, category), share in shares(found).items():
        assert share > 0, (column, category)
        assert share == pytest.approx(SHARES[column][category], abs=SHARE_TOLERANCE), (column, category)


@pytest.mark.slow
def test_the_default_base_looks_like_the_published_one(default_base: Base) -> None:
    found = last_cohort(default_base.lake)
    assert len(found) == 7043
    assert_like_the_published_one(found)


@pytest.mark.slow
@pytest.mark.parametrize(("customers", "seed", "end"), [(2000, 1, END), (20_000, 2, date(2025, 3, 1))])
def test_so_do_other_sizes_seeds_and_ends(tmp_path: Path, customers: int, seed: int, end: date) -> None:
    simulate(Settings(customers, 10, seed, end), tmp_path / "lake", tmp_path / "truth")
    found = last_cohort(tmp_path / "lake")
    assert len(found) == customers
    assert_like_the_published_one(found)


@pytest.mark.slow
def test_earlier_cohorts_look_alike(default_base: Base) -> None:
    last = pd.Timestamp(last_observation(default_base.manifest))
    for months in (3, 6, 9, 18, 27):
        found = cohort(default_base.lake, (last - pd.DateOffset(months=months)).to_pydatetime(), 30, 90)
        assert found["left"].mean() == pytest.approx(0.2654, abs=0.03)
        assert len(found) == pytest.approx(7043, rel=0.35)
        assert not found.isna().any().any()


@pytest.mark.slow
def test_leaving_is_learnable_but_no_single_feature_gives_it_away(default_base: Base) -> None:
    found = last_cohort(default_base.lake)
    left = found.pop("left")
    features = found.assign(
        **{n: found[n].astype("category").cat.codes for n in found.select_dtypes("object")}
    )
    model = LGBMClassifier(n_estimators=80, num_leaves=15, n_jobs=1, verbose=-1)
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    scores = cross_val_predict(model, features, left, cv=folds, method="predict_proba")[:, 1]
    assert 0.80 < roc_auc_score(left, scores) < 0.90
    for name in features:
        alone = roc_auc_score(left, features[name])
        assert 0.14 < alone < 0.86, name
        by_value = left.groupby(pd.qcut(features[name], 20, duplicates="drop"), observed=True).agg(
            ["mean", "size"]
        )
        assert by_value["mean"][by_value["size"] >= 100].max() < 0.85, name

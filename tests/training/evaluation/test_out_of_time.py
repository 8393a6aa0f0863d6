from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from shipped_settings import changed, default_settings
from small_lakes import utc

from feature_repo.paths import REPO
from training.dataset.history import History
from training.dataset.pull import load_dataset
from training.dataset.split import Fold
from training.evaluation.headline import AT_THRESHOLD, WITHOUT_THRESHOLD
from training.evaluation.out_of_time import (
    cohort_settings,
    labels_known_at,
    out_of_time_section,
    score_calibrated,
)
from training.modelling.arms import Arm


def history(*leaves: tuple[str, str, str]) -> History:
    """Leaves as (customer, when it was true, when it was learned)."""
    columns = ["customerID", "event_timestamp", "created_timestamp"]
    left = pd.DataFrame([(name, utc(true), utc(learned)) for name, true, learned in leaves], columns=columns)
    nothing = pd.DataFrame(columns=columns)
    return History("by-hand", "history", False, utc("2026-01-01"), nothing, left, nothing)


def test_a_leave_that_is_learned_after_the_date_is_not_a_label_yet():
    dated = history(
        ("a", "2025-03-01", "2025-03-02"),
        ("b", "2025-03-01", "2025-09-01"),
        ("c", "2025-01-20", "2025-01-21"),
    )
    keys = pd.DataFrame({"customerID": list("abcd"), "event_timestamp": [utc("2025-01-01")] * 4})
    settings = changed(default_settings().cohorts, gap_days=30, horizon_days=90)
    assert labels_known_at(utc("2025-06-01"), dated, keys, settings).tolist() == [1, 0, 0, 0]
    assert labels_known_at(utc("2025-10-01"), dated, keys, settings).tolist() == [1, 1, 0, 0]


def test_the_leave_of_a_later_stay_is_no_label_of_this_one():
    twice = history(("a", "2025-03-01", "2025-09-01"), ("a", "2025-04-10", "2025-04-10"))
    keys = pd.DataFrame({"customerID": ["a", "a"], "event_timestamp": [utc("2025-03-15"), utc("2025-01-01")]})
    settings = changed(default_settings().cohorts, gap_days=10, horizon_days=110)
    assert labels_known_at(utc("2025-06-01"), twice, keys, settings).tolist() == [1, 0]


def test_the_cohorts_keep_the_gap_and_the_horizon(quick_settings):
    found = cohort_settings(quick_settings)
    assert (found.count, found.every_months) == (6, 3)
    assert (found.gap_days, found.horizon_days) == (30, 90)


def test_scores_of_test_rows_are_calibrated_on_training_rows_alone(quick_dataset, quick_settings):
    fold = Fold(np.arange(200), np.arange(200, 300))
    arm = Arm("smote", "lightgbm")
    scored, result = score_calibrated(arm, quick_dataset, fold, quick_settings)
    assert len(scored) == 100
    assert len(result.raw) == 200
    assert (scored.churned == quick_dataset.churned[200:]).all()
    # With other labels of the test rows the scores are the same.
    flipped = quick_dataset.churned.copy()
    flipped[200:] = 1 - flipped[200:]
    again, _ = score_calibrated(arm, replace(quick_dataset, churned=flipped), fold, quick_settings)
    assert (again.probability == scored.probability).all()


@pytest.fixture
def here(telecom, use_repo):
    use_repo(telecom)
    return telecom


def test_the_section_of_a_small_telecom(here, quick_settings):
    evaluation = quick_settings.evaluation.model_copy(
        update={
            "draws": 100,
            "out_of_time": quick_settings.evaluation.out_of_time.model_copy(
                update={"cohorts": 2, "test_cohorts": 1}
            ),
        }
    )
    # Windows of 60 days, so that the cohort of July has its labels when that of October is scored.
    settings = quick_settings.model_copy(
        update={
            "evaluation": evaluation,
            "cohorts": changed(quick_settings.cohorts, gap_days=0, horizon_days=80),
        }
    )
    wanted = settings.model_copy(update={"cohorts": cohort_settings(settings)})
    told, dataset, *_ = load_dataset(REPO, here.lake, wanted)
    done: list[str] = []
    section = out_of_time_section(Arm("none", "lightgbm"), told, dataset, 0.3, settings, advance=done.append)
    assert done == ["cohort of 2025-11-01", "random split"]
    (cohort,) = section["cohorts"]
    assert cohort["observation_date"] == "2025-11-01T00:00:00+00:00"
    assert cohort["train_dates"] == ["2025-08-01T00:00:00+00:00"]
    assert set(cohort["metrics"]) == {*WITHOUT_THRESHOLD, *AT_THRESHOLD}
    assert 0 < cohort["rows"] < section["random_split"]["rows"]
    assert section["folds"] == 3
    assert section["five_fold"]["auc"]["mean"] > 0.5

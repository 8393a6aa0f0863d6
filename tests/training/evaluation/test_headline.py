from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from training.evaluation.comparison import paired_comparison
from training.evaluation.headline import AT_THRESHOLD, WITHOUT_THRESHOLD, headline
from training.metrics.scored import Scored
from training.settings.settings import Settings


@pytest.fixture(scope="module")
def settings(quick_settings) -> Settings:
    evaluation = quick_settings.evaluation.model_copy(update={"draws": 200})
    return quick_settings.model_copy(update={"evaluation": evaluation})


@pytest.fixture(scope="module")
def rows() -> Scored:
    random = np.random.default_rng(4)
    probability = random.beta(1, 2, 400)
    churned = (random.random(400) < probability).astype("int64")
    return Scored(np.arange(400).astype(str), churned, probability, probability, np.full(400, 200.0))


def test_every_figure_has_an_interval_around_it(rows, settings):
    section = headline(rows, rows, 0.5, settings)
    assert section["draws"] == 200
    for part in ("cross_validation", "untouched"):
        assert set(section[part]) == {*WITHOUT_THRESHOLD, *AT_THRESHOLD}
        for name, figure in section[part].items():
            assert figure["low"] <= figure["high"], name
            # A bootstrapped calibration error lies above the error itself: noise only adds to it.
            if name != "ece":
                assert figure["low"] <= figure["estimate"] <= figure["high"], name
    assert section["untouched"]["auc"]["estimate"] == pytest.approx(
        roc_auc_score(rows.churned, rows.probability)
    )
    assert headline(rows, rows, 0.5, settings) == section


def test_without_a_threshold_nobody_is_contacted(rows, settings):
    figures = headline(rows, rows, None, settings)["untouched"]
    assert figures["precision"] == {"estimate": None, "low": None, "high": None}
    assert figures["recall"]["estimate"] == 0
    assert figures["contact_share"]["estimate"] == 0


def test_a_model_is_not_better_than_itself_but_better_than_noise(rows, settings):
    same = paired_comparison(rows, rows, settings)
    for figure in same.values():
        assert figure["difference"] == {"estimate": 0, "low": 0, "high": 0}
        assert figure["share_better"] == 0.5
    noisy = replace(rows, probability=np.random.default_rng(9).random(400))
    better = paired_comparison(rows, noisy, settings)
    assert better["auc"]["share_better"] == 1
    assert better["auc"]["difference"]["low"] > 0
    assert better["brier"]["share_better"] == 1
    assert better["brier"]["difference"]["high"] < 0
    assert paired_comparison(noisy, rows, settings)["auc"]["share_better"] == 0


def test_other_rows_cannot_be_compared(rows, settings):
    other = replace(rows, customers=rows.customers[::-1])
    with pytest.raises(ValueError, match="the same rows"):
        paired_comparison(rows, other, settings)

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from estimators import ESTIMATORS

from serving.errors import EncodingError, ScoreError
from serving.model import scorer as scorer_module
from serving.model.churn_model import ChurnModel
from serving.model.encoding import fit_encoder
from serving.model.scorer import Scorer
from serving.model.segments import Segments
from serving.model.signature import FeatureSpec
from serving.settings import Bands

BuildModel = Callable[[str], ChurnModel]
BANDS = Bands(medium=0.3, high=0.6)


class Fixed:
    """A classifier that says what the last column says."""

    kind = "fixed"
    width = 1

    def predict(self, matrix: np.ndarray) -> np.ndarray:
        return matrix[:, -1]

    def save(self, folder: Any) -> None:
        raise NotImplementedError


@pytest.mark.parametrize("kind", ESTIMATORS)
def test_frame_many_and_single_give_the_same(
    kind: str, build_model: BuildModel, customers: pd.DataFrame, rows: list[dict[str, Any]]
) -> None:
    scorer = Scorer(build_model(kind), "churn:x", BANDS)
    frame = scorer.score_frame(customers)
    many = scorer.score_rows(rows)
    single = [scorer.score_rows([row])[0] for row in rows]
    names = scorer.model.signature.names
    assert [scorer.score_row([row.get(name) for name in names]) for row in rows] == single
    np.testing.assert_allclose([s.probability for s in many], frame["probability"], rtol=0, atol=1e-9)
    np.testing.assert_allclose([s.probability for s in single], frame["probability"], rtol=0, atol=1e-9)
    for column in ("band", "segment_id", "segment"):
        assert [getattr(score, column) for score in many] == frame[column].tolist()
        assert [getattr(score, column) for score in single] == frame[column].tolist()


def test_chunks_change_nothing(
    build_model: BuildModel, customers: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    scorer = Scorer(build_model("lightgbm"), "churn:x", BANDS)
    whole = scorer.score_frame(customers.set_index(customers.index[::-1]))
    monkeypatch.setattr(scorer_module, "CHUNK", 7)
    pd.testing.assert_frame_equal(scorer.score_frame(customers.set_index(customers.index[::-1])), whole)


def test_nothing_in_nothing_out(build_model: BuildModel, customers: pd.DataFrame) -> None:
    scorer = Scorer(build_model("lightgbm"), "churn:x", BANDS)
    empty = scorer.score_frame(customers.iloc[:0])
    assert scorer.score_rows([]) == []
    assert len(empty) == 0
    assert dict(empty.dtypes) == dict(scorer.score_frame(customers).dtypes)


def test_a_row_with_a_value_too_much_is_not_cut_off(build_model: BuildModel) -> None:
    row = ("Yes", "One year", 5, 20.5)
    with pytest.raises(ValueError, match="zip"):
        Scorer(build_model("logistic"), "churn:x", BANDS).score_values([row, (*row, "too much")])


def test_bands_begin_at_their_edges(build_model: BuildModel) -> None:
    scorer = Scorer(build_model("logistic"), "churn:x", BANDS)
    model = scorer.model
    probabilities = np.array([0.0, 0.2999, 0.3, 0.5999, 0.6, 1.0])
    object.__setattr__(model, "predict", lambda encoded: probabilities)
    bands = ["low", "low", "medium", "medium", "high", "high"]
    assert [s.band for s in scorer.score_rows([{}] * 6)] == bands
    for probability, band in zip(probabilities, bands, strict=True):
        object.__setattr__(model, "predict", lambda encoded, one=probability: np.array([one]))
        assert scorer.score_row([None] * 4).band == band


def test_a_frame_of_scores_has_the_frames_index_and_one_type_a_column(
    build_model: BuildModel, customers: pd.DataFrame
) -> None:
    frame = Scorer(build_model("logistic"), "churn:x", BANDS).score_frame(customers[5:])
    assert frame.index.tolist() == list(range(5, 200))
    assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == {
        "probability": "float64",
        "band": "object",
        "segment_id": "int64",
        "segment": "object",
    }


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -0.1, 1.1])
def test_what_is_not_a_probability_is_an_error(wrong: float, build_model: BuildModel) -> None:
    scorer = Scorer(build_model("logistic"), "churn:x", BANDS)
    object.__setattr__(scorer.model, "predict", lambda encoded: np.array([0.5, wrong, 2.0]))
    with pytest.raises(ScoreError) as refused:
        scorer.score_rows([{}] * 3)
    assert str(refused.value) == f"model churn:x gives {wrong} for row 1; roll back or train again"
    object.__setattr__(scorer.model, "predict", lambda encoded: np.array([wrong]))
    with pytest.raises(ScoreError, match=f"gives {wrong} for row 0"):
        scorer.score_row([None] * 4)


def test_segments_may_use_fewer_features_than_the_model(
    build_model: BuildModel,
    customers: pd.DataFrame,
    specs: tuple[FeatureSpec, ...],
    rows: list[dict[str, Any]],
) -> None:
    encoder = fit_encoder(customers, specs[2:3])
    by_tenure = Segments(
        encoder, np.zeros(1), np.ones(1), np.array([[0.0], [71.0]]), ("new", "old"), ({}, {})
    )
    scorer = Scorer(replace(build_model("lightgbm"), segments=by_tenure), "churn:x", BANDS)
    expected = [
        "new" if tenure < 35.5 else "old" for tenure in customers["tenure"].fillna(encoder.fills["tenure"])
    ]
    assert scorer.score_frame(customers)["segment"].tolist() == expected
    assert [score.segment for score in scorer.score_rows(rows)] == expected


def test_an_infinite_feature_is_an_error(build_model: BuildModel) -> None:
    with pytest.raises(EncodingError, match="MonthlyCharges is infinite"):
        Scorer(build_model("lightgbm"), "churn:x", BANDS).score_rows([{"MonthlyCharges": float("inf")}])

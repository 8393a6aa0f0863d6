from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from estimators import KINDS
from lightgbm import LGBMClassifier
from scipy.special import expit, logit
from sklearn.ensemble import RandomForestClassifier
from small_models import synthetic_features, whole_model

from serving.explain.contributions import contributions, effects, feature_of_column, unit_of
from serving.explain.reasons import reasons
from serving.model.calibration import CLIP
from serving.model.churn_model import ChurnModel
from serving.model.classifiers.classifier import wrap
from serving.model.encoding import fit_encoder
from serving.model.signature import FeatureSpec


@pytest.fixture
def matrix(customers: pd.DataFrame, specs: tuple[FeatureSpec, ...]) -> np.ndarray:
    return fit_encoder(customers, specs).encode_frame(customers)


@pytest.mark.parametrize("name", KINDS)
def test_a_row_adds_up_to_its_score(name: str, estimator: Callable[[str], Any], matrix: np.ndarray) -> None:
    classifier = wrap(estimator(name))
    parts = classifier.contributions(matrix)
    assert parts.shape == (len(matrix), matrix.shape[1] + 1)
    raw = classifier.predict(matrix)
    expected = raw if classifier.kind == "forest" else logit(raw)
    np.testing.assert_allclose(parts.sum(axis=1), expected, atol=2e-5)


@pytest.mark.parametrize("name", KINDS)
def test_one_row_is_explained_as_in_a_crowd(
    name: str, estimator: Callable[[str], Any], matrix: np.ndarray
) -> None:
    classifier = wrap(estimator(name))
    crowd = classifier.contributions(matrix)
    alone = np.vstack([classifier.contributions(matrix[row : row + 1]) for row in range(5)])
    np.testing.assert_allclose(alone, crowd[:5], atol=1e-6)


def test_a_stump_by_hand() -> None:
    # Half of the rows have a 1 in the first column; the second column says nothing and is never asked.
    rows = np.column_stack([np.repeat([0.0, 1.0], 100), np.zeros(200)])
    churned = np.r_[np.ones(20), np.zeros(80), np.ones(60), np.zeros(40)].astype(int)
    booster = wrap(
        LGBMClassifier(n_estimators=1, num_leaves=2, learning_rate=1.0, min_child_samples=1, verbose=-1).fit(
            rows, churned
        )
    )
    parts = booster.contributions(np.array([[0.0, 0.0], [1.0, 0.0]]))
    leaves = logit(booster.predict(np.array([[0.0, 0.0], [1.0, 0.0]])))
    # Shapley value of the only feature: the leaf less the mean leaf, which half of the rows reach each.
    assert parts[:, 0] == pytest.approx(leaves - leaves.mean())
    assert parts[:, 1] == pytest.approx([0.0, 0.0])
    assert parts[:, 2] == pytest.approx([leaves.mean()] * 2)


def test_a_forest_of_one_tree_by_hand() -> None:
    rows = np.column_stack([np.repeat([0.0, 1.0], 100), np.zeros(200)])
    churned = np.r_[np.ones(20), np.zeros(80), np.ones(60), np.zeros(40)].astype(int)
    fitted = RandomForestClassifier(1, bootstrap=False, max_features=None, random_state=0).fit(rows, churned)
    parts = wrap(fitted).contributions(np.array([[0.0, 0.0], [1.0, 0.0]]))
    assert parts[:, 0] == pytest.approx([0.2 - 0.4, 0.6 - 0.4])
    assert parts[:, 1].tolist() == [0.0, 0.0]
    assert parts[:, 2] == pytest.approx([0.4, 0.4])


@pytest.fixture
def model() -> ChurnModel:
    return whole_model()


@pytest.fixture
def features(model: ChurnModel) -> pd.DataFrame:
    return synthetic_features(model.signature, 40)


def log_odds(model: ChurnModel, encoded: np.ndarray) -> np.ndarray:
    """The raw scores of a model whose contributions are log-odds."""
    return np.asarray(logit(np.clip(model.classifier.predict(encoded), CLIP, 1 - CLIP)))


def test_columns_of_a_category_are_one_feature(model: ChurnModel, features: pd.DataFrame) -> None:
    encoded = model.encoder.encode_frame(features)
    parts = contributions(model, encoded)
    assert parts.shape == (40, len(model.encoder.features) + 1)
    np.testing.assert_allclose(parts.sum(axis=1), log_odds(model, encoded), atol=2e-5)
    owners = feature_of_column(model.encoder)
    by_column = model.classifier.contributions(encoded)
    for place, feature in enumerate(model.encoder.features):
        mine = [column.split("=")[0] == feature.name for column in model.encoder.columns]
        assert (owners[mine] == place).all()
        np.testing.assert_allclose(parts[:, place], by_column[:, :-1][:, mine].sum(axis=1), atol=1e-12)


def test_an_effect_is_the_probability_less_that_without_the_feature(
    model: ChurnModel, features: pd.DataFrame
) -> None:
    encoded = model.encoder.encode_frame(features)
    assert unit_of(model) == "log_odds"
    parts = contributions(model, encoded)
    without = model.calibrator.apply(expit(parts[:, 1:].sum(axis=1)))
    expected = model.predict(encoded) - without
    np.testing.assert_allclose(effects(model, encoded)[:, 0], expected, atol=1e-5)


def test_reasons_are_the_strongest_effects_with_the_customers_own_values(
    model: ChurnModel, features: pd.DataFrame
) -> None:
    row = features.iloc[[3]]
    encoded = model.encoder.encode_frame(row)
    told = reasons(model, row.iloc[0].to_dict(), encoded, top=4)
    points = 100 * effects(model, encoded)[0]
    assert [abs(reason.points) for reason in told] == pytest.approx(sorted(abs(points), reverse=True)[:4])
    for reason in told:
        assert reason.value == row.iloc[0][reason.feature]
        assert type(reason.value) in (str, int, float)
    missing = reasons(model, {name: None for name in features}, model.encoder.encode_rows([{}]), 1)
    assert missing[0].value is None


def test_a_forest_explains_itself_in_probability(model: ChurnModel, features: pd.DataFrame) -> None:
    encoded = model.encoder.encode_frame(features)
    churned = (features["tenure"].astype(float) < 20).astype(int)
    fitted = RandomForestClassifier(10, random_state=0).fit(encoded, churned)
    forest = replace(model, classifier=wrap(fitted))
    assert unit_of(forest) == "probability"
    np.testing.assert_allclose(
        contributions(forest, encoded).sum(axis=1), forest.classifier.predict(encoded), atol=1e-12
    )
    strongest = reasons(forest, features.iloc[0].to_dict(), encoded[:1], 1)[0]
    assert strongest.feature == "tenure"

from __future__ import annotations

import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pandas as pd
import pytest
import skops.io
import xgboost
from estimators import KINDS
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from serving.errors import FormatError
from serving.model.classifiers.boosters import ALONE, LightGBM
from serving.model.classifiers.classifier import load_classifier, save_classifier, wrap
from serving.model.classifiers.xgboost_call import predict_dense
from serving.model.encoding import fit_encoder
from serving.model.signature import FeatureSpec


@pytest.fixture
def matrix(customers: pd.DataFrame, specs: tuple[FeatureSpec, ...]) -> np.ndarray:
    return fit_encoder(customers, specs).encode_frame(customers)


@pytest.mark.parametrize("name", KINDS)
def test_files_give_the_same_probabilities(
    name: str, estimator: Callable[[str], Any], matrix: np.ndarray, tmp_path: Path
) -> None:
    fitted = estimator(name)
    save_classifier(wrap(fitted), tmp_path)
    loaded = load_classifier(tmp_path)
    assert loaded.kind == KINDS[name]
    assert loaded.width == matrix.shape[1]
    np.testing.assert_allclose(loaded.predict(matrix), fitted.predict_proba(matrix)[:, 1], rtol=0, atol=1e-15)


@pytest.mark.parametrize("name", KINDS)
def test_one_row_at_a_time_is_the_same(
    name: str, estimator: Callable[[str], Any], matrix: np.ndarray
) -> None:
    classifier = wrap(estimator(name))
    single = [classifier.predict(matrix[i : i + 1])[0] for i in range(20)]
    np.testing.assert_allclose(single, classifier.predict(matrix)[:20], rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", ["lightgbm", "xgboost"])
def test_few_rows_and_many_are_the_same(
    name: str, estimator: Callable[[str], Any], matrix: np.ndarray
) -> None:
    classifier = wrap(estimator(name))
    many = np.vstack([matrix] * (ALONE // len(matrix) + 1))
    np.testing.assert_array_equal(classifier.predict(many)[: len(matrix)], classifier.predict(matrix))


@pytest.mark.parametrize("name", KINDS)
def test_no_file_is_a_pickle(name: str, estimator: Callable[[str], Any], tmp_path: Path) -> None:
    save_classifier(wrap(estimator(name)), tmp_path)
    contents = [path.read_bytes() for path in tmp_path.iterdir()]
    for path in tmp_path.glob("*.skops"):
        with zipfile.ZipFile(path) as archive:
            contents += [archive.read(entry) for entry in archive.namelist()]
    assert not [content for content in contents if content.startswith(b"\x80")]


def test_early_stopping_is_kept(matrix: np.ndarray) -> None:
    label = (matrix[:, -1] > 65).astype(int)
    fitted = xgboost.XGBClassifier(n_estimators=60, early_stopping_rounds=2, eval_metric="auc", n_jobs=1)
    fitted.fit(matrix[:100], label[:100], eval_set=[(matrix[100:], label[100:])], verbose=False)
    assert fitted.best_iteration < 50
    np.testing.assert_allclose(wrap(fitted).predict(matrix), fitted.predict_proba(matrix)[:, 1], atol=1e-15)


def test_a_scaler_without_mean_is_kept(matrix: np.ndarray) -> None:
    label = (matrix[:, -1] > 65).astype(int)
    fitted = make_pipeline(StandardScaler(with_mean=False), LogisticRegression()).fit(matrix, label)
    np.testing.assert_allclose(wrap(fitted).predict(matrix), fitted.predict_proba(matrix)[:, 1], atol=1e-15)


@pytest.mark.parametrize(
    ("estimator", "message"),
    [
        (make_pipeline(MinMaxScaler(), LogisticRegression()), "Pipeline cannot be registered"),
        (LogisticRegression(), "LogisticRegression cannot be registered"),
        (
            lightgbm.LGBMClassifier(objective="cross_entropy", n_estimators=3, n_jobs=1, verbose=-1),
            "objective=cross_entropy",
        ),
        (xgboost.XGBClassifier(objective="binary:hinge", n_estimators=3, n_jobs=1), "binary:hinge"),
    ],
)
def test_what_gives_no_probability_is_refused(estimator: Any, message: str, matrix: np.ndarray) -> None:
    fitted = estimator.fit(matrix, (matrix[:, -1] > 65).astype(int))
    with pytest.raises(FormatError, match=message):
        wrap(fitted)


def test_other_classes_are_refused(matrix: np.ndarray) -> None:
    fitted = LogisticRegression().fit(matrix[:, :1], np.arange(len(matrix)) % 3)
    with pytest.raises(FormatError, match=r"classes \[0, 1, 2\]"):
        wrap(fitted)


def test_a_forest_refuses_another_width(estimator: Callable[[str], Any], matrix: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"6 columns and got 5"):
        wrap(estimator("random_forest")).predict(matrix[:, :5])


@pytest.mark.parametrize(
    ("name", "file", "content", "message"),
    [
        ("lightgbm", "model.txt", b"tree\nobjective=binary sigmoid:1\n", "model.txt"),
        ("lightgbm", "model.txt", b"nothing", "objective"),
        ("xgboost", "model.ubj", b"nothing", "model.ubj"),
        ("random_forest", "model.skops", b"nothing", "model.skops"),
        ("logistic", "model.json", b"{}", "model.json"),
        ("logistic", "classifier.json", b'{"format_version": 9}', "format_version 9"),
        ("logistic", "classifier.json", b'{"format_version": 4, "kind": "oracle"}', "kind 'oracle'"),
        (
            "logistic",
            "classifier.json",
            b'{"format_version": 4, "kind": "logistic", "width": 7}',
            "7 columns",
        ),
        ("logistic", "classifier.json", b"[]", "list, not an object"),
    ],
)
def test_a_damaged_file_is_named(
    name: str, file: str, content: bytes, message: str, estimator: Callable[[str], Any], tmp_path: Path
) -> None:
    save_classifier(wrap(estimator(name)), tmp_path)
    (tmp_path / file).write_bytes(content)
    with pytest.raises(FormatError, match=message):
        load_classifier(tmp_path)


def test_a_skops_file_with_another_type_is_refused(estimator: Callable[[str], Any], tmp_path: Path) -> None:
    forest = estimator("random_forest")
    save_classifier(wrap(forest), tmp_path)
    forest.extra_ = Path  # a type that skops would have to import
    skops.io.dump(forest, tmp_path / "model.skops")
    with pytest.raises(FormatError, match="types that a forest does not need"):
        load_classifier(tmp_path)


def test_a_skops_file_with_another_estimator_is_refused(
    estimator: Callable[[str], Any], tmp_path: Path
) -> None:
    save_classifier(wrap(estimator("random_forest")), tmp_path)
    skops.io.dump(LogisticRegression(), tmp_path / "model.skops")
    with pytest.raises(FormatError, match="LogisticRegression is neither"):
        load_classifier(tmp_path)


def test_xgboost_called_directly_gives_the_bits_of_its_own_python_call(
    estimator: Callable[[str], Any], matrix: np.ndarray
) -> None:
    booster = estimator("xgboost").get_booster()
    wider = np.hstack([matrix, matrix])  # a slice of it is not contiguous
    for rows in (1, 7, len(matrix)):
        told = predict_dense(booster, wider[:rows, : matrix.shape[1]])
        assert told.tolist() == booster.inplace_predict(matrix[:rows]).astype(float).tolist()
    with pytest.raises(ValueError, match="columns, not"):
        predict_dense(booster, wider)


def test_lightgbm_predicts_one_row_with_the_bits_of_its_own_python_call(
    estimator: Callable[[str], Any], matrix: np.ndarray
) -> None:
    classifier = wrap(estimator("lightgbm"))
    assert isinstance(classifier, LightGBM)
    expected = [classifier.booster.predict(row[np.newaxis], num_threads=1)[0] for row in matrix]
    wider = np.hstack([matrix, matrix])

    def alone(_: int) -> list[float]:
        return [classifier.predict(wider[at : at + 1, : matrix.shape[1]])[0] for at in range(len(matrix))]

    assert alone(0) == expected
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(alone, range(20))) == [expected] * 20
    with pytest.raises(lightgbm.basic.LightGBMError, match="number of features"):
        classifier.predict(wider[:1])


def test_xgboost_may_be_called_by_many_threads_at_once(
    estimator: Callable[[str], Any], matrix: np.ndarray
) -> None:
    booster = estimator("xgboost").get_booster()
    booster.set_param({"nthread": 1})
    expected = booster.inplace_predict(matrix).astype(float).tolist()
    with ThreadPoolExecutor(4) as threads:
        told = list(threads.map(lambda _: predict_dense(booster, matrix.copy()).tolist(), range(200)))
    assert told == [expected] * 200

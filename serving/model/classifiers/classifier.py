"""Classifiers behind one small interface, each with its library's own safe file format; no pickle."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import numpy as np

from serving.errors import FormatError
from serving.model.documents import read_document, write_document

CLASSIFIER_FILE = "classifier.json"


class Classifier(Protocol):
    """A fitted binary classifier.

    Attributes
    ----------
    kind : str
        ``lightgbm``, ``xgboost``, ``forest`` or ``logistic``.
    width : int
        The number of encoded columns it was fitted on.
    """

    @property
    def kind(self) -> str: ...  # noqa: D102 -- described above

    @property
    def width(self) -> int: ...  # noqa: D102 -- described above

    def predict(self, matrix: np.ndarray) -> np.ndarray:
        """Raw P(churn), shape (n,), before calibration, of an encoded float64 matrix of shape (n, width)."""
        ...

    def contributions(self, matrix: np.ndarray) -> np.ndarray:
        """What each column adds to the score of each row, shape (n, width + 1); the last column is the base.

        A row adds up to the log-odds of the raw probability; for a forest, to the raw probability itself.
        """
        ...

    def save(self, folder: Path) -> None:
        """Write the model's own file into a folder."""
        ...


def wrap(estimator: Any) -> Classifier:
    """Wrap a fitted scikit-learn style estimator as a `Classifier`.

    Parameters
    ----------
    estimator
        A fitted ``LGBMClassifier``, ``XGBClassifier``, ``ExtraTreesClassifier``,
        ``RandomForestClassifier``, or a ``Pipeline`` of ``StandardScaler`` and
        ``LogisticRegression``, fitted on classes 0 and 1.

    Raises
    ------
    FormatError
        If it is of another type, or was not fitted on exactly the classes 0 and 1.
    """
    classes = [int(label) for label in estimator.classes_]
    if classes != [0, 1]:
        raise FormatError(
            f"{type(estimator).__name__} was fitted on the classes {classes}; fit it on 0 and 1"
        )
    library = type(estimator).__module__.split(".")[0]
    # Each library is imported only where its kind is used: a service loads only what its champion needs.
    if library == "lightgbm":
        from serving.model.classifiers.boosters import LightGBM

        return LightGBM.from_estimator(estimator)
    if library == "xgboost":
        from serving.model.classifiers.boosters import XGBoost

        return XGBoost.from_estimator(estimator)
    if hasattr(estimator, "estimators_"):
        from serving.model.classifiers.forest import Forest

        return Forest(estimator)
    from serving.model.classifiers.logistic import Logistic

    return Logistic.from_estimator(estimator)


def save_classifier(classifier: Classifier, folder: Path) -> None:
    """Write a classifier into an existing folder: ``classifier.json``, and the model's own file beside it."""
    write_document(folder / CLASSIFIER_FILE, {"kind": classifier.kind, "width": classifier.width})
    classifier.save(folder)


def load_classifier(folder: Path) -> Classifier:
    """Read a classifier that `save_classifier` wrote.

    Raises
    ------
    FormatError
        If its kind is unknown, its file cannot be read, or the file does not fit ``classifier.json``.
    """
    document = read_document(folder / CLASSIFIER_FILE)
    classifier = _load(str(document.get("kind")), folder)
    if classifier.width != document.get("width"):
        raise FormatError(
            f"{CLASSIFIER_FILE} says {document.get('width')} columns and the {classifier.kind} model has "
            f"{classifier.width}; register the model again"
        )
    return classifier


def _load(kind: str, folder: Path) -> Classifier:
    if kind == "lightgbm":
        from serving.model.classifiers.boosters import LightGBM

        return LightGBM.load(folder)
    if kind == "xgboost":
        from serving.model.classifiers.boosters import XGBoost

        return XGBoost.load(folder)
    if kind == "forest":
        from serving.model.classifiers.forest import Forest

        return Forest.load(folder)
    if kind == "logistic":
        from serving.model.classifiers.logistic import Logistic

        return Logistic.load(folder)
    raise FormatError(
        f"{CLASSIFIER_FILE}: kind {kind!r} is not one of lightgbm, xgboost, forest, logistic; "
        "register the model again"
    )

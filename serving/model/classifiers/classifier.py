"""Classifiers behind one small interface, each with its library's own safe file format; no pickle."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from serving.errors import FormatError
from serving.model.documents import read_document, write_document

CLASSIFIER_FILE = "classifier.json"
KINDS: Mapping[str, tuple[str, str]] = {
    "lightgbm": ("boosters", "LightGBM"),
    "xgboost": ("boosters", "XGBoost"),
    "forest": ("forest", "Forest"),
    "logistic": ("logistic", "Logistic"),
}
"""Kind to the module beside this one and its class, which has ``from_estimator`` and ``load``."""
KIND_OF: Mapping[str, str] = {
    "LGBMClassifier": "lightgbm",
    "XGBClassifier": "xgboost",
    "ExtraTreesClassifier": "forest",
    "RandomForestClassifier": "forest",
    "Pipeline": "logistic",
}
"""Class of a fitted estimator to the kind that holds it."""


class Classifier(Protocol):
    """A fitted binary classifier.

    Attributes
    ----------
    kind : str
        A key of :data:`KINDS`.
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
        Of a class in :data:`KIND_OF`, fitted on classes 0 and 1; a ``Pipeline`` is one of ``StandardScaler``
        and ``LogisticRegression``.

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
    kind = KIND_OF.get(type(estimator).__name__)
    if kind is None:
        raise FormatError(
            f"{type(estimator).__name__} cannot be registered; use one of {', '.join(KIND_OF)}, the Pipeline "
            "being of StandardScaler and LogisticRegression"
        )
    wrapped: Classifier = _class_of(kind).from_estimator(estimator)
    return wrapped


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
    if kind not in KINDS:
        raise FormatError(
            f"{CLASSIFIER_FILE}: kind {kind!r} is not one of {', '.join(KINDS)}; register the model again"
        )
    loaded: Classifier = _class_of(kind).load(folder)
    return loaded


def _class_of(kind: str) -> Any:
    # Each library is imported only where its kind is used: a service loads only what its champion needs.
    module, name = KINDS[kind]
    return getattr(import_module(f"serving.model.classifiers.{module}"), name)

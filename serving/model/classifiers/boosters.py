"""LightGBM and XGBoost boosters, read and written in the libraries' own formats."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import lightgbm
import numpy as np
import xgboost

from serving.errors import FormatError
from serving.model.classifiers.lightgbm_call import SingleRow
from serving.model.classifiers.xgboost_call import predict_dense

LIGHTGBM_FILE = "model.txt"
XGBOOST_FILE = "model.ubj"
ALONE = 2_000
"""Most rows that one thread predicts alone; for so few, waking others takes longer on a busy machine."""


@dataclass(frozen=True, eq=False)
class LightGBM:
    """A LightGBM booster with the binary objective, without the scikit-learn wrapper around it."""

    booster: Any
    kind: ClassVar[str] = "lightgbm"
    _own: threading.local = field(init=False, repr=False, default_factory=threading.local)

    @cached_property
    def width(self) -> int:
        """The number of columns the booster was fitted on."""
        return int(self.booster.num_feature())

    def predict(self, matrix: np.ndarray) -> np.ndarray:
        """Raw P(churn), shape (n,)."""
        if matrix.shape == (1, self.width):
            return self._single_row.predict(matrix)
        threads = 1 if len(matrix) <= ALONE else 0  # 0: as many as there are cores
        return np.asarray(self.booster.predict(matrix, num_threads=threads), dtype=float)

    @property
    def _single_row(self) -> SingleRow:
        """The calling thread's, made when it first predicts a row alone."""
        if not hasattr(self._own, "single_row"):
            self._own.single_row = SingleRow(self.booster, self.width)
        made: SingleRow = self._own.single_row
        return made

    def contributions(self, matrix: np.ndarray) -> np.ndarray:
        """Shapley values of the trees (TreeSHAP) in log-odds, (n, width + 1), by LightGBM itself."""
        threads = 1 if len(matrix) <= ALONE else 0
        return np.asarray(self.booster.predict(matrix, pred_contrib=True, num_threads=threads), dtype=float)

    def save(self, folder: Path) -> None:
        """Write the booster as LightGBM text."""
        (folder / LIGHTGBM_FILE).write_text(self.booster.model_to_string(), encoding="utf-8")

    @classmethod
    def from_estimator(cls, estimator: Any) -> LightGBM:
        """Take the booster of a fitted ``LGBMClassifier``, cut at its best iteration if it stopped early."""
        return cls._from_text(estimator.booster_.model_to_string())

    @classmethod
    def load(cls, folder: Path) -> LightGBM:
        """Read LightGBM text."""
        return cls._from_text((folder / LIGHTGBM_FILE).read_text(encoding="utf-8"))

    @classmethod
    def _from_text(cls, text: str) -> LightGBM:
        objective = next((line for line in text.splitlines() if line.startswith("objective=")), "none")
        if not objective.startswith("objective=binary"):  # any other gives scores, not probabilities
            raise FormatError(
                f"{LIGHTGBM_FILE}: {objective}, but P(churn) needs objective=binary; fit it again"
            )
        try:
            return cls(lightgbm.Booster(model_str=text))
        except lightgbm.basic.LightGBMError as error:
            raise FormatError(f"{LIGHTGBM_FILE}: {error}; register the model again") from error


@dataclass(frozen=True, eq=False)
class XGBoost:
    """An XGBoost booster with the logistic objective."""

    booster: Any
    kind: ClassVar[str] = "xgboost"
    _alone: Any = field(init=False, repr=False)

    def __post_init__(self) -> None:
        # A booster has one setting for its threads, which must not change while another thread predicts.
        alone = self.booster.copy()
        alone.set_param({"nthread": 1})
        object.__setattr__(self, "_alone", alone)

    @property
    def width(self) -> int:
        """The number of columns the booster was fitted on."""
        return int(self.booster.num_features())

    def predict(self, matrix: np.ndarray) -> np.ndarray:
        """Raw P(churn), shape (n,); XGBoost computes it in 32 bits."""
        booster = self._alone if len(matrix) <= ALONE else self.booster
        return predict_dense(booster, matrix)

    def contributions(self, matrix: np.ndarray) -> np.ndarray:
        """Shapley values of the trees (TreeSHAP) in log-odds, (n, width + 1), by XGBoost itself."""
        booster = self._alone if len(matrix) <= ALONE else self.booster
        return np.asarray(booster.predict(xgboost.DMatrix(matrix), pred_contribs=True), dtype=float)

    def save(self, folder: Path) -> None:
        """Write the booster as UBJSON."""
        self.booster.save_model(folder / XGBOOST_FILE)

    @classmethod
    def from_estimator(cls, estimator: Any) -> XGBoost:
        """Take the booster of a fitted ``XGBClassifier``, cut at its best iteration if it stopped early."""
        booster = estimator.get_booster()
        best = booster.attributes().get("best_iteration")
        return cls._checked(booster if best is None else booster[: int(best) + 1])

    @classmethod
    def load(cls, folder: Path) -> XGBoost:
        """Read UBJSON."""
        try:
            return cls._checked(xgboost.Booster(model_file=folder / XGBOOST_FILE))
        except xgboost.core.XGBoostError as error:
            reason = str(error).strip().splitlines()[0]
            raise FormatError(f"{XGBOOST_FILE}: {reason}; register the model again") from error

    @classmethod
    def _checked(cls, booster: Any) -> XGBoost:
        objective = json.loads(booster.save_config())["learner"]["objective"]["name"]
        if objective != "binary:logistic":
            raise FormatError(
                f"{XGBOOST_FILE}: objective {objective}, but P(churn) needs binary:logistic; fit it again"
            )
        return cls(booster)

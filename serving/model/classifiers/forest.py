"""Forests (ExtraTrees, RandomForest), stored with skops, which creates objects of trusted types only."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import skops.io
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from skops.io.exceptions import UnsupportedTypeException, UntrustedTypesFoundException

from serving.errors import FormatError

FOREST_FILE = "model.skops"
TRUSTED = ["sklearn.tree._tree.Tree"]
"""The types that a forest needs beyond those that skops itself trusts."""


@dataclass(frozen=True, eq=False)
class Forest:
    """A fitted forest, averaged tree by tree.

    `predict` gives the same bits as ``predict_proba`` with ``n_jobs=1``. It skips the checks and the thread
    pool, which take longer than the trees do for one row.
    """

    estimator: Any
    kind: ClassVar[str] = "forest"
    trees: tuple[Any, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if type(self.estimator) not in (ExtraTreesClassifier, RandomForestClassifier):
            name = type(self.estimator).__name__
            raise FormatError(
                f"{name} is neither ExtraTreesClassifier nor RandomForestClassifier; fit one of these"
            )
        object.__setattr__(self, "trees", tuple(tree.tree_ for tree in self.estimator.estimators_))

    @property
    def width(self) -> int:
        """The number of columns the forest was fitted on."""
        return int(self.estimator.n_features_in_)

    def predict(self, matrix: np.ndarray) -> np.ndarray:
        """Raw P(churn), shape (n,): the mean of the trees' shares of churners in the leaf."""
        if matrix.shape[1] != self.width:  # a tree would read past a row's end without an error
            raise ValueError(f"the forest was fitted on {self.width} columns and got {matrix.shape[1]}")
        narrow = np.ascontiguousarray(matrix, dtype=np.float32)
        total = np.zeros(len(matrix))
        for tree in self.trees:
            total += tree.predict(narrow)[:, 1]
        return total / len(self.trees)

    def contributions(self, matrix: np.ndarray) -> np.ndarray:
        """What each column adds along the paths of the trees, in probability, (n, width + 1).

        At every node on a row's path to its leaf, the change in the share of churners is credited to the
        column that the node tests (Saabas 2014, "Interpreting random forests"). The base is the mean share
        at the roots.
        """
        narrow = np.ascontiguousarray(matrix, dtype=np.float32)
        parts = np.zeros((len(matrix), self.width + 1))
        for tree, share in zip(self.trees, self._shares, strict=True):
            _walk(tree, share, narrow, parts)
        return parts / len(self.trees)

    @cached_property
    def _shares(self) -> tuple[np.ndarray, ...]:
        """The share of churners at every node of each tree, computed for the first reasons and cached."""
        return tuple(_share(tree) for tree in self.trees)

    def save(self, folder: Path) -> None:
        """Write the forest as a compressed skops file."""
        skops.io.dump(self.estimator, folder / FOREST_FILE, compression=zipfile.ZIP_DEFLATED)

    @classmethod
    def from_estimator(cls, estimator: Any) -> Forest:
        """Take a fitted ``ExtraTreesClassifier`` or ``RandomForestClassifier`` as it is."""
        return cls(estimator)

    @classmethod
    def load(cls, folder: Path) -> Forest:
        """Read a skops file that holds nothing but the trusted types."""
        try:
            estimator = skops.io.load(folder / FOREST_FILE, trusted=TRUSTED)
        except UntrustedTypesFoundException as error:
            raise FormatError(
                f"{FOREST_FILE} holds types that a forest does not need ({error}); do not load it"
            ) from error
        except (UnsupportedTypeException, zipfile.BadZipFile, KeyError, ValueError, TypeError) as error:
            raise FormatError(f"{FOREST_FILE} cannot be read ({error}); register the model again") from error
        return cls(estimator)


def _walk(tree: Any, share: np.ndarray, rows: np.ndarray, parts: np.ndarray) -> None:
    """Add one tree's contributions to ``parts``; ``share`` is the share of churners at every node."""
    path = tree.decision_path(rows)  # a row's nodes are in order, from the root to the leaf
    parts[:, -1] += share[0]
    owner = np.repeat(np.arange(len(rows)), np.diff(path.indptr))
    step = np.flatnonzero(owner[1:] == owner[:-1])
    node, child = path.indices[step], path.indices[step + 1]
    np.add.at(parts, (owner[step], tree.feature[node]), share[child] - share[node])


def _share(tree: Any) -> np.ndarray:
    """Share of churners at every node of a tree."""
    share: np.ndarray = tree.value[:, 0, 1] / tree.value[:, 0].sum(axis=1)
    return share

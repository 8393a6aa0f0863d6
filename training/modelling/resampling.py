"""Resampling of training rows, and the guard that fails a run when it leaks.

Resamplers change the share of churners a classifier is fitted on. They may see training rows only: one that
runs before the split puts near copies of test rows into training and, with ENN, deletes the hard rows
from the test set. :class:`ResamplingGuard` makes both an error.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, Protocol

import numpy as np
from imblearn.combine import SMOTEENN
from imblearn.over_sampling import ADASYN, SMOTE
from imblearn.under_sampling import EditedNearestNeighbours
from sklearn.neighbors import NearestNeighbors

from training.errors import ArmError, LeakError
from training.modelling.neighbours import BoundedNeighbors
from training.settings.base import SamplerName


class Sampler(Protocol):
    """imbalanced-learn's sampler interface."""

    def fit_resample(self, matrix: np.ndarray, churned: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return resampled rows and labels."""


NEIGHBOURS = 5
"""A synthetic row lies between a row and one of so many nearest rows of its class."""
LEAST_ROWS = NEIGHBOURS + 1
"""Rows of its class that a sampler needs to add a row: one, and its neighbours."""

Search = Callable[..., Any]
"""``search(n_neighbors=6)`` makes a search of six nearest neighbours, the row itself included."""


def _smote(seed: int, search: Search = NearestNeighbors) -> Any:
    return SMOTE(random_state=seed, k_neighbors=search(n_neighbors=LEAST_ROWS))


def _adasyn(seed: int, search: Search = NearestNeighbors) -> Any:
    return ADASYN(random_state=seed, n_neighbors=search(n_neighbors=LEAST_ROWS))


def _smoteenn(seed: int, search: Search = NearestNeighbors) -> Any:
    cleaner = EditedNearestNeighbours(sampling_strategy="all", n_neighbors=search(n_neighbors=3 + 1))
    return SMOTEENN(random_state=seed, smote=_smote(seed, search), enn=cleaner)


SAMPLERS: dict[str, Callable[..., Sampler]] = {"smote": _smote, "adasyn": _adasyn, "smoteenn": _smoteenn}
"""Factories by name: each makes a sampler from a seed and a search for neighbours."""


@dataclass(frozen=True)
class BoundedSearch:
    """A sampler's search for neighbours in a sample of ``among`` rows out of ``of``."""

    sampler: SamplerName
    among: int
    of: int


OnBounded = Callable[[BoundedSearch], None]
"""Called with every search for neighbours that used a sample of the rows."""


def bounded_search(sampler: SamplerName, rows: int, seed: int, on_bounded: OnBounded) -> Search:
    """A search among at most ``rows`` rows; ``on_bounded`` is called when a sampler has more."""
    return partial(
        BoundedNeighbors,
        rows=rows,
        seed=seed,
        on_bounded=lambda of: on_bounded(BoundedSearch(sampler, rows, of)),
    )


def largest_searches(searches: Iterable[BoundedSearch]) -> list[dict[str, Any]]:
    """Of every sampler the search with the most rows, as plain values."""
    largest = {search.sampler: search for search in sorted(searches, key=lambda search: search.of)}
    return [asdict(largest[name]) for name in sorted(largest)]


@dataclass(frozen=True)
class TrainingPart:
    """What classifiers are fitted on: (n, m) rows and (n,) labels."""

    matrix: np.ndarray
    churned: np.ndarray


class ResamplingGuard:
    """Checks one split: the rows that a resampler is given and returns, and the rows of the evaluation.

    Parameters
    ----------
    matrix : ndarray, (n, m)
        All encoded rows of the dataset, before any resampling.
    churned : ndarray, (n,)
        Their labels.
    test : ndarray of int
        Positions of the rows that this split is judged on.
    """

    def __init__(self, matrix: np.ndarray, churned: np.ndarray, test: np.ndarray) -> None:
        self._matrix = matrix
        self._test = test
        self._untouched = _digest(matrix[test], churned[test])

    def check_training_rows(self, train: np.ndarray) -> None:
        """Refuse to hand test rows to a resampler.

        Raises
        ------
        LeakError
            When ``train`` holds a position of the test part.
        """
        shared = np.intersect1d(train, self._test)
        if len(shared):
            raise LeakError(
                f"{len(shared)} rows of the test part were handed to the resampler (first: row {shared[0]}); "
                "resample the training part of each fold only"
            )

    def check_resampled_rows(self, train: np.ndarray, resampled: TrainingPart) -> None:
        """Refuse resampled rows that are exact copies of test rows and of no training row.

        Raises
        ------
        LeakError
            When the resampler has got hold of test rows by some other way.
        """
        test_only = np.setdiff1d(_row_keys(self._matrix[self._test]), _row_keys(self._matrix[train]))
        smuggled = np.isin(_row_keys(resampled.matrix), test_only)
        if smuggled.any():
            raise LeakError(
                f"the resampler returned {int(smuggled.sum())} rows of the test part "
                f"(first: resampled row {int(np.flatnonzero(smuggled)[0])})"
            )

    def check_test_rows(self, matrix: np.ndarray, churned: np.ndarray) -> None:
        """Refuse an evaluation on anything but the split's own untouched test rows.

        Raises
        ------
        LeakError
            When rows were added, removed or changed since the split.
        """
        if _digest(matrix, churned) != self._untouched:
            raise LeakError(
                f"the evaluation used {len(matrix)} rows that are not the {len(self._test)} untouched rows "
                "of its test part; score the rows as they were before resampling"
            )


def resample(
    name: SamplerName,
    matrix: np.ndarray,
    churned: np.ndarray,
    train: np.ndarray,
    guard: ResamplingGuard,
    seed: int,
    search: Search = NearestNeighbors,
    samplers: dict[str, Callable[..., Sampler]] | None = None,
) -> TrainingPart:
    """Resample the training part of one split, under the guard.

    Parameters
    ----------
    name : str
        ``none``, or a key of ``samplers``.
    matrix, churned : ndarray, (n, m) and (n,)
        The whole encoded dataset and its labels.
    train : ndarray of int
        Positions of the training part.
    guard : ResamplingGuard
        The guard of this split.
    seed : int
    search : callable
        Makes the sampler's search for neighbours; see :func:`bounded_search`.
    samplers : mapping, optional
        Sampler factories by name; the project's own when left out.

    Raises
    ------
    LeakError
        When the resampler has seen a test row.
    ArmError
        When the sampler can make nothing of the training part, or leaves no customer of one kind.
    """
    guard.check_training_rows(train)
    part = TrainingPart(matrix[train], churned[train])
    if name == "none":
        return part
    resampled = fit_resample(name, (samplers or SAMPLERS)[name](seed, search), part)
    guard.check_resampled_rows(train, resampled)
    return resampled


def fit_resample(name: SamplerName, sampler: Sampler, part: TrainingPart) -> TrainingPart:
    """Resample some rows, without a guard.

    Raises
    ------
    ArmError
        When the sampler can make nothing of the rows, or leaves no customer of one kind.
    """
    try:
        resampled = TrainingPart(*sampler.fit_resample(part.matrix, part.churned))
    except (ValueError, RuntimeError) as error:
        raise ArmError(_cannot(name, part.churned, _why_not(part.churned, error))) from error
    rows, churners = len(resampled.churned), int(resampled.churned.sum())
    if churners in (0, rows):
        left = f"of the {rows} rows that it leaves {churners} churned, and a classifier needs both kinds"
        raise ArmError(_cannot(name, part.churned, left))
    return resampled


def _cannot(name: SamplerName, churned: np.ndarray, why: str) -> str:
    return f"{name} cannot resample {len(churned)} rows of which {int(churned.sum())} churned: {why}"


def _why_not(churned: np.ndarray, error: Exception) -> str:
    """The number of rows that is missing, or else the library's own reason."""
    churners = int(churned.sum())
    stayed = len(churned) - churners
    if min(churners, stayed) < LEAST_ROWS and churners != stayed:
        return f"it needs at least {LEAST_ROWS} rows of each kind, and {stayed} stayed"
    return str(error).rstrip(".")


def _row_keys(matrix: np.ndarray) -> np.ndarray:
    rows = np.ascontiguousarray(matrix)
    return rows.view([("row", f"V{rows.shape[1] * rows.itemsize}")])["row"].ravel()


def _digest(matrix: np.ndarray, churned: np.ndarray) -> str:
    digest = hashlib.sha256(str(matrix.shape).encode())
    digest.update(np.ascontiguousarray(matrix).tobytes())
    digest.update(np.ascontiguousarray(churned).tobytes())
    return digest.hexdigest()

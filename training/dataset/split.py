"""Splits by customer: all cohorts of one customer stay on one side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold, train_test_split

from training.errors import CohortError
from training.settings.split import SplitSettings

ROUNDING = 1e-9
"""What a quotient may lie above a whole number because of binary fractions."""


@dataclass(frozen=True)
class Fold:
    """Row positions of one split: ``train`` is fitted on, ``test`` is judged on."""

    train: np.ndarray
    test: np.ndarray


@dataclass(frozen=True)
class Splits:
    """The untouched part and the cross-validation folds of the rest.

    Attributes
    ----------
    holdout : Fold
        ``train`` is the part that everything is fitted and chosen on, ``test`` the untouched part.
    folds : tuple of Fold
        Folds of ``holdout.train``; positions refer to the whole dataset.
    log : list of dict
        Rows and churn rate of every side.
    """

    holdout: Fold
    folds: tuple[Fold, ...]
    log: list[dict[str, object]]


def split_rows(customers: Sequence[str], churned: np.ndarray, settings: SplitSettings, seed: int) -> Splits:
    """Split rows by customer, stratified by whether the customer churned in any cohort.

    Parameters
    ----------
    customers : sequence of str, (n,)
        The customer of every row.
    churned : ndarray of int, (n,)
        Labels, 0 or 1.
    settings : SplitSettings
    seed : int

    Raises
    ------
    CohortError
        When a class has too few customers for the folds.
    """
    names, position = np.unique(np.asarray(customers), return_inverse=True)
    ever = np.zeros(len(names), dtype="int64")
    np.maximum.at(ever, position, churned)
    _refuse_too_few(ever, settings)
    rest, untouched = train_test_split(
        np.arange(len(names)), test_size=settings.test_share, stratify=ever, random_state=seed
    )
    holdout = _fold(position, rest, untouched)
    splitter = StratifiedKFold(settings.folds, shuffle=True, random_state=seed)
    folds = tuple(
        _fold(position, rest[train], rest[test]) for train, test in splitter.split(rest, ever[rest])
    )
    return Splits(holdout, folds, _log(holdout, folds, churned))


def folds_of(
    rows: np.ndarray, customers: np.ndarray, churned: np.ndarray, count: int, seed: int
) -> list[Fold]:
    """Cross-validation folds of some rows by customer, stratified, as positions in the whole dataset.

    Parameters
    ----------
    rows : ndarray of int
        Positions of the rows to divide.
    customers, churned : ndarray, (n,)
        Of the whole dataset.
    count : int
        Folds.
    seed : int
    """
    splitter = StratifiedGroupKFold(count, shuffle=True, random_state=seed)
    return [
        Fold(rows[train], rows[test]) for train, test in splitter.split(rows, churned[rows], customers[rows])
    ]


def _fold(position: np.ndarray, train: np.ndarray, test: np.ndarray) -> Fold:
    return Fold(np.flatnonzero(np.isin(position, train)), np.flatnonzero(np.isin(position, test)))


def _refuse_too_few(ever: np.ndarray, settings: SplitSettings) -> None:
    fewest = int(np.bincount(ever, minlength=2).min())
    # One of each kind in the untouched part, and in every fold of what is left after any rounding.
    in_folds = np.ceil((settings.folds + 1) / (1 - settings.test_share) - ROUNDING)
    needed = int(max(in_folds, np.ceil(1 / settings.test_share - ROUNDING)))
    if fewest < needed:
        raise CohortError(
            f"{int(ever.sum())} of {len(ever)} customers churned: {settings.folds} folds need at least "
            f"{needed} customers of each kind; bring more customers or lower split.folds"
        )


def _log(holdout: Fold, folds: tuple[Fold, ...], churned: np.ndarray) -> list[dict[str, object]]:
    named = [("untouched part", holdout)] + [(f"fold {number}", fold) for number, fold in enumerate(folds, 1)]
    return [
        {
            "split": name,
            "train_rows": len(fold.train),
            "train_churn_rate": float(churned[fold.train].mean()),
            "test_rows": len(fold.test),
            "test_churn_rate": float(churned[fold.test].mean()),
        }
        for name, fold in named
    ]

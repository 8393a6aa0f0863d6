"""Splits by customer: all cohorts of one customer stay on one side.

The first split of a base is stratified by the label. Later ones keep every customer on the side where an
earlier model of the base has them, whatever the labels are by then, and a hash decides about those who are
new: who was held out once is never learned from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold, train_test_split

from serving.model.customers import Customers, hashes
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
    customers : Customers
        Both parts, with those of the earlier model if they were kept.
    notes : tuple of str
        Why the parts of an earlier model were not kept.
    """

    holdout: Fold
    folds: tuple[Fold, ...]
    log: list[dict[str, object]]
    customers: Customers
    notes: tuple[str, ...] = ()


def split_rows(
    customers: Sequence[str],
    churned: np.ndarray,
    settings: SplitSettings,
    seed: int,
    before: Customers | None = None,
) -> Splits:
    """Split rows by customer, stratified by whether the customer churned in any cohort.

    Parameters
    ----------
    customers : sequence of str, (n,)
        The customer of every row.
    churned : ndarray of int, (n,)
        Labels, 0 or 1.
    settings : SplitSettings
    seed : int
    before : Customers, optional
        The parts of an earlier model of this base, which are kept if its seed and test share were these.

    Raises
    ------
    CohortError
        When a class has too few customers for the folds.
    """
    names, position = np.unique(np.asarray(customers), return_inverse=True)
    ever = np.zeros(len(names), dtype="int64")
    np.maximum.at(ever, position, churned)
    _refuse_too_few(ever, settings)
    rest, untouched, kept, notes = _parts(names, ever, settings, seed, before)
    holdout = _fold(position, rest, untouched)
    splitter = StratifiedKFold(settings.folds, shuffle=True, random_state=seed)
    folds = tuple(
        _fold(position, rest[train], rest[test]) for train, test in splitter.split(rest, ever[rest])
    )
    known = Customers.of(seed, settings.test_share, names[rest], names[untouched])
    known = known if kept is None else known.with_earlier(kept)
    return Splits(holdout, folds, _log(holdout, folds, churned), known, notes)


def _parts(
    names: np.ndarray, ever: np.ndarray, settings: SplitSettings, seed: int, before: Customers | None
) -> tuple[np.ndarray, np.ndarray, Customers | None, tuple[str, ...]]:
    """Training part and untouched part of the customers, whose parts were kept, and notes."""
    drawn = train_test_split(
        np.arange(len(names)), test_size=settings.test_share, stratify=ever, random_state=seed
    )
    if before is None or (before.seed, before.test_share) != (seed, settings.test_share):
        return *drawn, None, ()
    kept = _kept(names, np.concatenate(drawn), settings, seed, before)
    reason = _too_few_kept(ever, *kept, settings.folds)
    return (*drawn, None, (reason,)) if reason else (*kept, before, ())


def _kept(
    names: np.ndarray, drawn: np.ndarray, settings: SplitSettings, seed: int, before: Customers
) -> tuple[np.ndarray, np.ndarray]:
    """Both parts as before, in the order ``drawn``: the same customers then give the same folds as before."""
    hashed = hashes(names)
    border = np.uint64(settings.test_share * 2.0**64)
    untouched = np.where(
        np.isin(hashed, np.union1d(before.trained, before.untouched)),
        np.isin(hashed, before.untouched),
        hashes(names, key=str(seed)) < border,
    )
    return drawn[~untouched[drawn]], drawn[untouched[drawn]]


def _too_few_kept(ever: np.ndarray, rest: np.ndarray, untouched: np.ndarray, folds: int) -> str | None:
    """Say why these parts cannot be trained and judged on; None if they can."""
    for part, name, needed in ((rest, "training part", folds), (untouched, "untouched part", 1)):
        left = int(ever[part].sum())
        if min(left, len(part) - left) < needed:
            return (
                f"customers were split anew: in the {name} of the model before, {left} of {len(part)} "
                f"customers churned, and {needed} of each kind are needed"
            )
    return None


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


def least_of_each_kind(settings: SplitSettings) -> int:
    """Fewest customers who churned, and fewest who never did, that can be split."""
    # One of each kind in the untouched part, and in every fold of what is left after any rounding.
    in_folds = np.ceil((settings.folds + 1) / (1 - settings.test_share) - ROUNDING)
    return int(max(in_folds, np.ceil(1 / settings.test_share - ROUNDING)))


def _refuse_too_few(ever: np.ndarray, settings: SplitSettings) -> None:
    fewest = int(np.bincount(ever, minlength=2).min())
    needed = least_of_each_kind(settings)
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

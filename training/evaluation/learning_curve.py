"""How an arm's figures change with the number of customers that it is fitted on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from training.dataset.point_in_time import Dataset
from training.dataset.split import Fold
from training.errors import CohortError
from training.metrics.metrics import score_metrics
from training.modelling.arms import Arm, encode_fold, fit_arm, training_part
from training.progress import Advance
from training.settings.settings import Settings

CURVE_METRICS = ("auc", "average_precision", "brier", "f1")


def learning_curve(
    arm: Arm,
    dataset: Dataset,
    folds: Sequence[Fold],
    settings: Settings,
    advance: Advance = lambda _: None,
) -> dict[str, Any]:
    """Fit an arm on growing shares of every fold's training customers, and judge it on the fold's test rows.

    The shares are nested: a customer of a smaller one is in every larger one. Encoding and resampling are
    learned from the share alone.

    Parameters
    ----------
    arm : Arm
    dataset : Dataset
    folds : sequence of Fold
    settings : Settings
        ``evaluation.learning_shares`` and ``seed``.
    advance : callable
        Called after each of the ``len(shares) * len(folds)`` fits.

    Returns
    -------
    dict
        ``{"arm": {"sampler", "classifier"}, "points": [{"share", "customers", "rows", "metrics": {name:
        {"mean", "std"}}}], "left_out": [{"share", "reason"}]}``: customers and rows are means over the
        folds, metrics are at 0.5 on raw probabilities, ``std`` has n - 1 in its denominator. A share is left
        out when the arm cannot be fitted on it in every fold.

    Raises
    ------
    CohortError
        When fewer than two shares are left.
    """
    points, left_out = [], []
    for share in sorted(settings.evaluation.learning_shares):
        try:
            points.append(_point(arm, dataset, folds, share, settings, advance))
        except CohortError as error:
            left_out.append({"share": float(share), "reason": str(error)})
    if len(points) < 2:
        reasons = "; ".join(str(one["reason"]) for one in left_out)
        raise CohortError(f"a curve needs two points: {reasons}; raise evaluation.learning_shares")
    return {"arm": arm.to_json(), "points": points, "left_out": left_out}


def _point(
    arm: Arm,
    dataset: Dataset,
    folds: Sequence[Fold],
    share: float,
    settings: Settings,
    advance: Advance,
) -> dict[str, Any]:
    customers = dataset.keys["customerID"].to_numpy()
    judged, rows, names = [], [], []
    for fold in folds:
        part = nested_share(fold, customers, share, settings.seed)
        _refuse_one_class(dataset.churned[part.train], share)
        encoded = encode_fold(dataset, part)
        estimator = fit_arm(arm, training_part(arm.sampler, encoded, settings), settings)
        judged.append(score_metrics(dataset.churned[fold.test], encoded.predict_test(estimator)))
        rows.append(len(part.train))
        names.append(len(np.unique(customers[part.train])))
        advance(f"{share:.0%} of the customers")
    return {
        "share": float(share),
        "customers": float(np.mean(names)),
        "rows": float(np.mean(rows)),
        "metrics": {name: _mean_and_std([fold[name] for fold in judged]) for name in CURVE_METRICS},
    }


def nested_share(fold: Fold, customers: np.ndarray, share: float, seed: int) -> Fold:
    """The fold with only a share of its training customers; the test rows stay.

    Parameters
    ----------
    fold : Fold
    customers : ndarray of str, (n,)
        The customer of every row of the dataset.
    share : float
        Between 0 and 1; at least one customer is kept.
    seed : int
        The same seed gives nested shares.
    """
    names = np.unique(customers[fold.train])
    order = np.random.default_rng(seed).permutation(names)
    chosen = order[: max(1, round(share * len(order)))]
    return Fold(fold.train[np.isin(customers[fold.train], chosen)], fold.test)


def _refuse_one_class(churned: np.ndarray, share: float) -> None:
    if len(np.unique(churned)) < 2:
        raise CohortError(f"{share:.0%} of the training customers are {len(churned)} rows of one class")


def _mean_and_std(values: Sequence[float]) -> dict[str, float]:
    return {"mean": float(np.mean(values)), "std": float(np.std(values, ddof=1))}

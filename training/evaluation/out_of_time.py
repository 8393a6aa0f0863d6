"""The champion's arm on later cohorts of unseen customers, beside a random split and its folds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from serving.model.survival import Survival
from training.dataset.history import History
from training.dataset.out_of_time_split import TimeFold, out_of_time_folds
from training.dataset.point_in_time import Dataset
from training.dataset.split import Fold, folds_of, split_rows
from training.errors import CohortError
from training.evaluation.headline import figures
from training.metrics.profit import kept_value
from training.metrics.scored import Scored
from training.modelling.arms import Arm, cross_validate, encode_fold, fit_arm, training_part
from training.modelling.calibrate import fit_calibrator
from training.progress import Advance
from training.settings.cohorts import CohortSettings
from training.settings.settings import Settings


def cohort_settings(settings: Settings) -> CohortSettings:
    """The cohorts of the out-of-time evaluation, with the gap and the horizon of training."""
    wanted = settings.evaluation.out_of_time
    return settings.cohorts.model_copy(
        update={"dates": (), "count": wanted.cohorts, "every_months": wanted.every_months}
    )


def out_of_time_section(
    arm: Arm,
    history: History,
    dataset: Dataset,
    threshold: float | None,
    settings: Settings,
    survival: Survival | None = None,
    advance: Advance = lambda _: None,
) -> dict[str, Any]:
    """Test on later cohorts, with a model of earlier ones and of other customers.

    Parameters
    ----------
    arm : Arm
    history : History
        Dated: labels are those that were known at a test cohort's date.
    dataset : Dataset
        Of the cohorts of :func:`cohort_settings`.
    threshold : float or None
        Who counts as contacted.
    settings : Settings
    survival : Survival, optional
        Says what customers are worth.
    advance : callable
        Called after each test cohort and after the random split.

    Returns
    -------
    dict
        ``arm``; ``left_out``: ``[{"observation_date", "reason"}]``, test cohorts that cannot be judged;
        ``notes``: why an observation date is no cohort;
        ``cohorts``: ``[{"observation_date" (ISO 8601, UTC), "train_dates", "train_rows", "rows",
        "churn_rate", "metrics": {name: INTERVAL}}]``, names as in
        :func:`training.evaluation.headline.headline`; ``random_split``: ``{"train_rows", "rows",
        "churn_rate", "metrics"}``, the same held-out customers at all dates by a model of the others at all
        dates; ``five_fold``: ``{metric: {"mean", "std"}}`` on raw probabilities at 0.5, ``folds``: how
        many.

    Raises
    ------
    CohortError
        When no cohort has an earlier one whose window was over, or none can be judged.
    """
    split = split_rows(dataset.keys["customerID"].tolist(), dataset.churned, settings.split, settings.seed)
    held_out = dataset.keys["customerID"].to_numpy()[split.holdout.test]
    cohorts, left_out = _cohorts(
        arm, history, dataset, np.unique(held_out), threshold, settings, survival, advance
    )
    if not cohorts:
        raise CohortError("; ".join(one["reason"] for one in left_out))
    scored, results = score_calibrated(arm, dataset, split.holdout, settings, survival)
    advance("random split")
    return {
        "arm": arm.to_json(),
        "cohorts": cohorts,
        "left_out": left_out,
        "notes": list(dataset.notes),
        "random_split": {"train_rows": len(split.holdout.train), **_figures(scored, threshold, settings)},
        "folds": settings.split.folds,
        "five_fold": {
            name: {"mean": results.mean(name), "std": results.std(name)}
            for name in ("auc", "average_precision", "brier_calibrated", "precision", "recall", "f1")
        },
    }


def _cohorts(
    arm: Arm,
    history: History,
    dataset: Dataset,
    held_out: np.ndarray,
    threshold: float | None,
    settings: Settings,
    survival: Survival | None,
    advance: Advance,
) -> tuple[list[dict[str, Any]], list[dict[str, str]]]:
    """Test cohorts that were judged, and those that cannot be, with the reason."""
    window = pd.Timedelta(days=settings.cohorts.gap_days + settings.cohorts.horizon_days)
    test_cohorts = settings.evaluation.out_of_time.test_cohorts
    cohorts, left_out = [], []
    for fold in out_of_time_folds(dataset.keys, window, test_cohorts, held_out):
        try:
            cohorts.append(_cohort(arm, history, dataset, fold, threshold, settings, survival))
        except CohortError as error:
            left_out.append({"observation_date": fold.date.isoformat(), "reason": str(error)})
        advance(f"cohort of {fold.date.date()}")
    return cohorts, left_out


def _cohort(
    arm: Arm,
    history: History,
    dataset: Dataset,
    fold: TimeFold,
    threshold: float | None,
    settings: Settings,
    survival: Survival | None,
) -> dict[str, Any]:
    churned = dataset.churned.copy()
    rows = fold.fold.train
    churned[rows] = labels_known_at(fold.date, history, dataset.keys.iloc[rows], settings.cohorts)
    _refuse_too_few(churned, fold, settings.split.folds)
    scored, _ = score_calibrated(arm, replace(dataset, churned=churned), fold.fold, settings, survival)
    return {
        "observation_date": fold.date.isoformat(),
        "train_dates": [date.isoformat() for date in fold.train_dates],
        "train_rows": len(rows),
        **_figures(scored, threshold, settings),
    }


def _refuse_too_few(churned: np.ndarray, fold: TimeFold, folds: int) -> None:
    """Refuse a test cohort whose model cannot be cross-validated, or that cannot be judged."""
    known, tested = churned[fold.fold.train], churned[fold.fold.test]
    fewest = min(int(known.sum()), int((1 - known).sum()))
    if fewest < folds:
        raise CohortError(
            f"cohort of {fold.date.date()}: of {len(known)} rows whose window was over, {int(known.sum())} "
            f"were known to have churned; {folds} folds need at least {folds} of each kind"
        )
    if int(tested.sum()) in (0, len(tested)):
        raise CohortError(
            f"cohort of {fold.date.date()}: {int(tested.sum())} of {len(tested)} held-out customers churned; "
            "judging needs both kinds"
        )


def _figures(scored: Scored, threshold: float | None, settings: Settings) -> dict[str, Any]:
    return {
        "rows": len(scored),
        "churn_rate": float(scored.churned.mean()),
        "metrics": figures(scored, threshold, settings),
    }


def labels_known_at(
    date: pd.Timestamp, history: History, keys: pd.DataFrame, settings: CohortSettings
) -> np.ndarray:
    """Labels of entity rows as they were known on a date, (n,) of int64.

    A customer whose leave was learned later counts as one who stayed.

    Parameters
    ----------
    date : Timestamp
        UTC.
    history : History
    keys : DataFrame, columns customerID, event_timestamp, (n,)
    settings : CohortSettings
        ``gap_days`` and ``horizon_days``.
    """
    leaves = history.leaves_after(keys)
    left = leaves["left"].where(leaves["learned"] <= date)
    start = keys["event_timestamp"] + pd.Timedelta(days=settings.gap_days)
    end = start + pd.Timedelta(days=settings.horizon_days)
    return ((left > start) & (left <= end)).to_numpy().astype("int64")


def score_calibrated(
    arm: Arm, dataset: Dataset, fold: Fold, settings: Settings, survival: Survival | None = None
) -> tuple[Scored, Any]:
    """Fit an arm on a fold's training rows as the champion is fitted, and score its test rows.

    The calibrator is fitted on out-of-fold scores of the training rows alone.

    Returns
    -------
    Scored
        The test rows.
    ArmResult
        Cross-validation within the training rows.
    """
    own_settings = settings.model_copy(
        update={
            "samplers": (arm.sampler,),
            "classifiers": {arm.classifier: settings.classifiers[arm.classifier]},
        }
    )
    customers = dataset.keys["customerID"].to_numpy()
    inner = folds_of(fold.train, customers, dataset.churned, settings.split.folds, settings.seed)
    result = next(iter(cross_validate(dataset, inner, own_settings)))
    encoded = encode_fold(dataset, fold)
    raw = encoded.predict_test(fit_arm(arm, training_part(arm.sampler, encoded, settings), settings))
    calibrator = fit_calibrator(result.raw, dataset.churned[fold.train])
    probability = calibrator.apply(raw)
    value = kept_value(dataset, fold.test, probability, survival, settings.profit)
    return Scored(customers[fold.test], dataset.churned[fold.test], raw, probability, value), result

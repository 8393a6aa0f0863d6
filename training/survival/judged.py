"""The survival model judged: beside Kaplan-Meier and Cox on other customers, and out of time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy.special import logit

from serving.model.calibration import CLIP
from training.settings.settings import Settings
from training.survival.cox import cox_curves, lifelines_missing
from training.survival.follow_up import FollowUp, whole_months
from training.survival.hazard import LEAST_LEAVES, Spans, fit_survival, leavers
from training.survival.measures import deciles, integrated_brier, kaplan_meier

TESTED_DATES = 3
"""How many of the latest observation dates are foretold from earlier ones."""


def judged(rows: FollowUp, probability: np.ndarray, spans: Spans, settings: Settings) -> dict[str, Any]:
    """Figures of fits that have seen neither the customers they are judged on nor, out of time, their months.

    Parameters
    ----------
    rows : FollowUp
    probability : ndarray, (n,)
        Calibrated P(churn).
    spans : Spans
    settings : Settings
        ``seed``, ``split.folds``, ``value``.

    Returns
    -------
    dict
        ``integrated_brier``: of ``hazards``, ``kaplan_meier`` and ``cox``, 0 the best; ``cox`` is None and
        ``cox_missing`` says why where lifelines is not installed. ``out_of_time``: see :func:`out_of_time`.
    """
    fold = _folds(rows.customers, settings.split.folds, settings.seed)
    return {
        "integrated_brier": _beside_others(rows, probability, fold, spans, settings),
        "cox_missing": "lifelines is not installed: `pip install stayline[survival]`"
        if lifelines_missing()
        else None,
        "out_of_time": out_of_time(rows, probability, fold, spans, settings),
    }


def _beside_others(
    rows: FollowUp, probability: np.ndarray, fold: np.ndarray, spans: Spans, settings: Settings
) -> dict[str, float | None]:
    months = int(rows.seen.max())
    log_odds = logit(np.clip(probability, CLIP, 1 - CLIP))
    names = ("hazards", "kaplan_meier") if lifelines_missing() else ("hazards", "kaplan_meier", "cox")
    curves = {name: np.empty((len(rows), months)) for name in names}
    for number in np.unique(fold):
        train, test = fold != number, fold == number
        others = rows.take(train)
        fitted = fit_survival(others, probability[train], spans, settings.value)
        curves["hazards"][test] = fitted.curve(probability[test], months)
        curves["kaplan_meier"][test] = kaplan_meier(others, months)
        if "cox" in curves:
            curves["cox"][test] = cox_curves(others, log_odds[train], log_odds[test], months)
    scores = {name: integrated_brier(curve, rows) for name, curve in curves.items()}
    return {**scores, "cox": scores.get("cox")}


def out_of_time(
    rows: FollowUp, probability: np.ndarray, fold: np.ndarray, spans: Spans, settings: Settings
) -> dict[str, Any]:
    """Foretold and real shares of who left by the end of the window, from the latest observation dates.

    A date's customers are judged by fits of other customers at earlier dates, on what was seen of those by
    then.

    Returns
    -------
    dict
        ``dates`` that were judged (ISO 8601, UTC); ``left_out``: ``{date: reason}``; ``deciles``: see
        :func:`training.survival.measures.deciles`, empty where no date could be judged; ``largest_gap``:
        between predicted and observed in a decile, or None.
    """
    predicted, observed, dates, left_out = [], [], [], {}
    for date in np.unique(rows.dates)[-TESTED_DATES:]:
        earlier = rows.until(_months_before(rows.dates, date)).take(rows.dates < date)
        found = leavers(earlier)
        day = f"{np.datetime_as_string(date, unit='s')}+00:00"
        now = (rows.dates == date) & (rows.seen >= spans.window)
        if not now.any():
            left_out[day] = f"fewer than {spans.window} whole months have been seen since"
            continue
        if found < LEAST_LEAVES:
            left_out[day] = f"{found} of the customers followed were seen to leave by then, of {LEAST_LEAVES}"
            continue
        earlier_fold, earlier_probability = fold[rows.dates < date], probability[rows.dates < date]
        for number in np.unique(fold[now]):
            train, test = earlier_fold != number, now & (fold == number)
            fitted = fit_survival(earlier.take(train), earlier_probability[train], spans, settings.value)
            predicted.append(1 - fitted.curve(probability[test], spans.window)[:, -1])
            observed.append((rows.left[test] > 0) & (rows.left[test] <= spans.window))
        dates.append(day)
    found_deciles = deciles(np.concatenate(predicted), np.concatenate(observed)) if predicted else []
    gaps = [abs(one["predicted"] - one["observed"]) for one in found_deciles]
    return {
        "dates": dates,
        "left_out": left_out,
        "deciles": found_deciles,
        "largest_gap": max(gaps) if gaps else None,
    }


def _months_before(dates: np.ndarray, date: np.datetime64) -> np.ndarray:
    """Whole months from each observation date to a later date, (n,)."""
    end = pd.Timestamp(date, tz="UTC")
    months = {one: len(whole_months(pd.Timestamp(one, tz="UTC"), end)) for one in np.unique(dates)}
    return np.array([months[one] for one in dates])


def _folds(customers: np.ndarray, count: int, seed: int) -> np.ndarray:
    """The fold of each row's customer, (n,)."""
    names, position = np.unique(customers, return_inverse=True)
    drawn: np.ndarray = np.random.default_rng(seed).permutation(len(names)) % count
    return drawn[position]

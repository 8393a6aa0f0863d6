"""Retention strategies: what each segment is like, and which offers pay there."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from serving.card.thresholds import Thresholds
from serving.errors import PlaybookError
from serving.explain.contributions import effects
from serving.settings import Settings
from training.evaluation.playbook_offers import PlaybookOffers, playbook_offers
from training.evaluation.scored_run import ScoredRun
from training.metrics.scored import Scored

DRIVERS = 3


def strategies_section(
    run: ScoredRun, thresholds: Thresholds, settings: Settings, moment: datetime
) -> dict[str, Any]:
    """Describe every segment by the untouched part.

    Parameters
    ----------
    run : ScoredRun
    thresholds : Thresholds
        Of the registered model.
    settings : Settings
        Of serving; they name the playbook.
    moment : datetime
        With a time zone; offers that are valid then count.

    Returns
    -------
    dict
        ``rows``, ``churn_rate`` and ``value``: of the whole untouched part; ``value_measured``;
        ``effects_measured``: whether any offer's effect is; ``offers_missing``: why the playbook cannot be
        used, or None; ``segments``: ``[{"name", "rows", "share", "churn_rate", "value", "strategy",
        "drivers", "any_pays", "offers"}]``, figures None where there is no row. ``value`` is a mean in the
        currency of the charges; ``strategy``: see :func:`strategy_of`; ``drivers``: ``[{"feature",
        "points"}]``, how far a feature moves the segment's mean probability; ``any_pays``: share for whom
        some offer pays; ``offers``: ``[{"offer", "name" by language, "measured", "eligible" and "best":
        shares of the segment, "effect" and "profit": means of the eligible}]``.
    """
    frame = run.dataset.features.iloc[run.splits.holdout.test].reset_index(drop=True)
    model, scored = run.model, run.untouched
    segments = model.segments.assign(model.segments.encoder.encode_frame(frame))
    found, missing = _possible(run, frame, segments, thresholds, settings, moment)
    points = effects(model, model.encoder.encode_frame(frame))
    churn, value = float(scored.churned.mean()), float(scored.value.mean())
    described = []
    for number, name in enumerate(model.segments.names):
        rows = np.flatnonzero(segments == number)
        figures = _figures(scored, rows)
        described.append(
            {
                "name": name,
                **figures,
                "strategy": strategy_of(figures["churn_rate"], figures["value"], churn, value),
                "drivers": _drivers(points[rows], [feature.name for feature in model.encoder.features]),
                **_offered(found, rows),
            }
        )
    return {
        "rows": len(frame),
        "churn_rate": churn,
        "value": value,
        "value_measured": run.value_measured,
        "effects_measured": found is not None and any(found.measured),
        "offers_missing": missing,
        "segments": described,
    }


def _possible(
    run: ScoredRun,
    frame: pd.DataFrame,
    segments: np.ndarray,
    thresholds: Thresholds,
    settings: Settings,
    moment: datetime,
) -> tuple[PlaybookOffers | None, str | None]:
    """The playbook's offers; or None, and why: what the segments are like can still be said."""
    model, probability = run.model, run.untouched.probability
    try:
        return playbook_offers(model, frame, probability, segments, thresholds, settings, moment), None
    except PlaybookError as error:
        return None, str(error)


def _figures(scored: Scored, rows: np.ndarray) -> dict[str, Any]:
    return {
        "rows": len(rows),
        "share": len(rows) / len(scored),
        "churn_rate": _mean(scored.churned[rows]),
        "value": _mean(scored.value[rows]),
    }


def _offered(found: PlaybookOffers | None, rows: np.ndarray) -> dict[str, Any]:
    if found is None:
        return {"any_pays": None, "offers": []}
    return {"any_pays": _mean(found.best[rows] >= 0), "offers": _offers(found, rows)}


def strategy_of(churn: float | None, value: float | None, base_churn: float, base_value: float) -> str | None:
    """What to do with a segment, by its churn and value beside those of everybody.

    Returns
    -------
    str or None
        ``keep_first``: more churn, more value; ``keep_cheaply``: more churn, not more value;
        ``look_after``: not more churn, more value; ``leave_alone``: neither. None where there is nobody.
    """
    if churn is None or value is None:
        return None
    # Equal values may differ in their last bits.
    above = value > base_value * (1 + 1e-9)
    if churn > base_churn:
        return "keep_first" if above else "keep_cheaply"
    return "look_after" if above else "leave_alone"


def _drivers(points: np.ndarray, features: list[str]) -> list[dict[str, Any]]:
    if not len(points):
        return []
    mean = points.mean(axis=0)
    strongest = np.argsort(-np.abs(mean), kind="stable")[:DRIVERS]
    return [{"feature": features[at], "points": float(mean[at])} for at in strongest]


def _offers(found: PlaybookOffers, rows: np.ndarray) -> list[dict[str, Any]]:
    described = []
    for at, (key, offer) in enumerate(found.offers.items()):
        eligible = rows[found.eligible[rows, at]]
        described.append(
            {
                "offer": key,
                "name": dict(offer.name),
                "measured": found.measured[at],
                "eligible": _mean(found.eligible[rows, at]),
                "best": _mean(found.best[rows] == at),
                "effect": _mean(found.effect[eligible, at]),
                "profit": _mean(found.profit[eligible, at]),
            }
        )
    return described


def _mean(values: np.ndarray) -> float | None:
    return float(values.mean()) if len(values) else None

"""The wiring of time to churn: from a trained model to its survival model, and what a run says of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from serving.card.card import Statement
from serving.features.offline_features import cast
from serving.model.churn_model import ChurnModel
from serving.model.customers import hashes
from serving.model.survival import CHARGES, Survival
from training.dataset.cohorts import build_cohorts
from training.dataset.pull import Pulled
from training.dataset.split import Splits
from training.errors import CohortError
from training.survival.follow_up import FollowUp, follow, unseen_customers
from training.survival.hazard import LEAST_LEAVES, Spans, fit_survival, leavers
from training.survival.judged import judged

DATES = 6
"""How many observation dates customers are followed from, ``cohorts.every_months`` apart."""
MOST_CUSTOMERS = 30_000
"""More are not followed: what they would add to a few numbers is below a hundredth."""


@dataclass(frozen=True)
class TimeToChurn:
    """A survival model, and the section ``survival`` of ``run.json``.

    Attributes
    ----------
    model : Survival or None
        None where the history does not allow one.
    section : dict
        See :func:`time_to_churn`.
    """

    model: Survival | None
    section: dict[str, Any]

    @property
    def statement(self) -> Statement:
        """What the model card says."""
        said = self.section
        if said["missing"] is not None:
            return Statement(key="card.time_to_churn.missing", values={"reason": said["missing"]})
        curve = said["all"]["curve"]
        months = min(len(curve), 12)
        values = {name: said[name] for name in ("customers", "left")}
        values |= {"day": said["dates"][-1], "months": months, "share": curve[months - 1]}
        return Statement(key="card.time_to_churn.fitted", values=values)


def time_to_churn(pulled: Pulled, splits: Splits, model: ChurnModel) -> TimeToChurn:
    """Follow customers whom the model has not seen, fit their hazards, and judge them.

    They are followed from the last observation date whose window is over, and from earlier ones.

    Parameters
    ----------
    pulled : Pulled
    splits : Splits
    model : ChurnModel
        Fitted on the training part.

    Returns
    -------
    TimeToChurn
        Its section holds ``missing``: why there is no survival model, else None. Then ``dates``,
        ``customers``, ``left`` (of them, voluntarily), ``left_involuntarily``, ``window`` (months),
        ``judged``: see :func:`training.survival.judged.judged`. And of the latest date ``all`` and
        ``segments``: ``customers``, and the means ``curve``, ``expected_months`` and ``value``; a segment
        also ``id`` and ``name``.
    """
    if pulled.history.labels_given:
        return _without("a snapshot does not say when customers left")
    try:
        rows = _followed(pulled, splits)
    except CohortError as error:
        return _without(str(error))
    spans, left = Spans.of(pulled.settings.cohorts), leavers(rows)
    if left < LEAST_LEAVES:
        return _without(
            f"of {len(np.unique(rows.customers))} customers whom the model has not seen, {left} left "
            f"voluntarily in the months seen, and {LEAST_LEAVES} are needed"
        )
    features = _features(pulled, model, rows)
    probability = model.predict(model.encoder.encode_frame(features))
    fitted = fit_survival(rows, probability, spans, pulled.settings.value)
    return TimeToChurn(
        fitted,
        {
            "missing": None,
            **_facts(rows, left),
            "window": spans.window,
            "judged": judged(rows, probability, spans, pulled.settings),
            **_latest(fitted, model, rows, features, probability),
        },
    )


def _without(reason: str) -> TimeToChurn:
    return TimeToChurn(None, {"missing": reason})


def _followed(pulled: Pulled, splits: Splits) -> FollowUp:
    history, settings = pulled.history, pulled.settings
    wanted = settings.cohorts.model_copy(update={"dates": (), "count": DATES})
    dates = [pd.Timestamp(log.observation_date) for log in build_cohorts(history, wanted).logs]
    rows = follow(history, dates, unseen_customers(history, pulled.dataset.keys, splits))
    names = np.unique(rows.customers)
    if len(names) <= MOST_CUSTOMERS:
        return rows
    drawn = names[np.argsort(hashes(names, key="followed"))[:MOST_CUSTOMERS]]
    return rows.take(pd.Series(rows.customers).isin(drawn).to_numpy())


def _features(pulled: Pulled, model: ChurnModel, rows: FollowUp) -> pd.DataFrame:
    dates = pd.Series(rows.dates).dt.tz_localize("UTC").dt.as_unit("us")
    entity_rows = pd.DataFrame({"customerID": rows.customers, "event_timestamp": dates})
    return cast(pulled.offline.read(entity_rows), model.signature.features)


def _facts(rows: FollowUp, left: int) -> dict[str, Any]:
    involuntary = (rows.left > 0) & ~rows.voluntary
    return {
        "dates": [f"{day}+00:00" for day in np.datetime_as_string(np.unique(rows.dates), unit="s")],
        "customers": len(np.unique(rows.customers)),
        "left": left,
        "left_involuntarily": len(np.unique(rows.customers[involuntary])),
    }


def _latest(
    fitted: Survival, model: ChurnModel, rows: FollowUp, features: pd.DataFrame, probability: np.ndarray
) -> dict[str, Any]:
    """What is expected of the customers of the latest date, together and by segment."""
    latest = rows.dates == rows.dates.max()
    frame, chances = features[latest], probability[latest]
    segments = model.segments
    of = segments.assign(segments.encoder.encode_frame(frame))
    charges = frame[CHARGES].to_numpy("float64", na_value=np.nan) if CHARGES in frame else None

    months = max(len(fitted.hazards), fitted.window)

    def expected(mask: np.ndarray) -> dict[str, Any]:
        value = None if charges is None else fitted.value(chances[mask], charges[mask])
        return {
            "customers": int(mask.sum()),
            "curve": fitted.curve(chances[mask], months).mean(axis=0).tolist(),
            "expected_months": float(fitted.expected_months(chances[mask]).mean()),
            "value": None if value is None or np.isnan(value).all() else float(np.nanmean(value)),
        }

    return {
        "all": expected(np.ones(len(frame), dtype=bool)),
        "segments": [
            {"id": number, "name": name, **expected(of == number)}
            for number, name in enumerate(segments.names)
            if (of == number).any()
        ],
    }

"""The standing champion and this run's model on the newest cohort, on customers neither has learned from.

Nothing is decided by it. A comparison needs one base, one feature service and one window, and churners and
others among those customers; otherwise one sentence says why there is none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from serving.card.card import Statement
from serving.features.offline_features import cast
from serving.model.churn_model import ChurnModel
from serving.model.customers import Customers, hashes
from serving.registry.model_files import RegisteredModel
from training.dataset.cohorts import CohortLog
from training.dataset.point_in_time import EntityRowReader
from training.dataset.standing_champion import StandingChampion
from training.evaluation.comparison import paired
from training.evaluation.headline import card_metrics
from training.evaluation.scored_run import ScoredRun
from training.metrics.bootstrap import CARD_DRAWS
from training.metrics.scored import Scored

COMPARED = ("auc", "average_precision", "brier", "profit_per_customer")
LEAST = 5
"""Fewest churners, and fewest others, that two models are judged on."""


@dataclass(frozen=True)
class AgainstChampion:
    """What came of the comparison.

    Attributes
    ----------
    champion : str
        Exact tag.
    statement : Statement
        The outcome, or why there is none, as a sentence of `serving.language`.
    cohort : CohortLog or None
        The newest cohort; None where there is no comparison.
    customers, churned : int
        On whom the two were judged, or would have been.
    thresholds : mapping of str to float or None
        ``champion`` and ``run``: each one's own, of its registration.
    metrics : dict
        For each of :data:`COMPARED` what :func:`training.evaluation.comparison.paired` returns; ``first`` is
        the run's model and ``second`` the champion. Empty where there is no comparison.
    rows : DataFrame, columns customerID, churned, champion, run, value
        Label and both calibrated probabilities of every customer.
    """

    champion: str
    statement: Statement
    cohort: CohortLog | None = None
    customers: int = 0
    churned: int = 0
    thresholds: dict[str, float | None] | None = None
    metrics: dict[str, dict[str, Any]] | None = None
    rows: pd.DataFrame | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain values for ``run.json``; without the rows."""
        return {
            "champion": self.champion,
            "statement": self.statement.model_dump(mode="json"),
            "cohort": None if self.cohort is None else self.cohort.to_json(),
            "customers": self.customers,
            "churned": self.churned,
            "thresholds": self.thresholds or {},
            "metrics": self.metrics or {},
            "draws": CARD_DRAWS,
        }


def against_champion(
    standing: StandingChampion, run: ScoredRun, base: str, threshold: float | None, reader: EntityRowReader
) -> AgainstChampion:
    """Compare the champion that stood when the run began with the run's model.

    Parameters
    ----------
    standing : StandingChampion
    run : ScoredRun
    base : str
        The lake's.
    threshold : float or None
        The run's own, as it will be registered.
    reader : EntityRowReader
        Gives every feature of the service; the champion may use others than the run.
    """
    found = _comparable(standing, run, base)
    if isinstance(found, Statement):
        return AgainstChampion(standing.tag, found)
    registered, learned = found
    rows = unseen_rows(run, learned)
    churned = int(run.dataset.churned[rows].sum())
    cohort = _newest(run)
    if min(churned, len(rows) - churned) < LEAST:
        said = _say(
            standing,
            "card.against_champion.too_few",
            customers=len(rows),
            churned=churned,
            least=LEAST,
            day=cohort.observation_date,
        )
        return AgainstChampion(standing.tag, said, cohort, len(rows), churned)
    features = reader.read(run.dataset.keys.iloc[rows])
    thresholds = {"champion": registered.metadata.thresholds.chosen, "run": threshold}
    scored = {
        "champion": _scored(run, rows, features, registered.load()),
        "run": _scored(run, rows, features, run.model),
    }
    metrics = compare(scored, thresholds, run)
    said = _outcome(standing, cohort, metrics, customers=len(rows), churned=churned)
    table = pd.DataFrame(
        {
            "customerID": scored["run"].customers,
            "churned": scored["run"].churned,
            **{name: one.probability for name, one in scored.items()},
            "value": scored["run"].value,
        }
    )
    return AgainstChampion(standing.tag, said, cohort, len(rows), churned, thresholds, metrics, table)


def unseen_rows(run: ScoredRun, learned: Customers) -> np.ndarray:
    """Positions of the newest cohort's rows whose customers neither model has learned from."""
    rows = run.splits.holdout.test
    moments = run.dataset.keys["event_timestamp"]
    rows = rows[(moments.iloc[rows] == moments.max()).to_numpy()]
    seen = np.isin(hashes(run.dataset.keys["customerID"].iloc[rows]), learned.trained)
    return np.asarray(rows[~seen])


def compare(
    scored: dict[str, Scored], thresholds: dict[str, float | None], run: ScoredRun
) -> dict[str, dict[str, Any]]:
    """The run's model (``first``) and the champion (``second``) in the same draws of customers."""
    profit = run.valued_settings.profit
    metrics = {name: card_metrics(one, thresholds[name], profit) for name, one in scored.items()}
    customers = scored["run"].customers
    return paired(metrics["run"], metrics["champion"], COMPARED, customers, CARD_DRAWS, run.settings.seed)


def _comparable(
    standing: StandingChampion, run: ScoredRun, base: str
) -> tuple[RegisteredModel, Customers] | Statement:
    """The champion with those whom it learned from, or why it cannot be compared."""
    registered = standing.registered
    if registered is None:
        return _say(standing, "card.against_champion.unreadable", reason=standing.unreadable)
    made = registered.metadata
    if made.base != base:
        return _say(standing, "card.against_champion.other_base", champion_base=made.base, base=base)
    if made.feature_service_fingerprint != run.dataset.signature.fingerprint:
        return _say(
            standing, "card.against_champion.other_features", service=run.dataset.signature.feature_service
        )
    cohorts, data = run.settings.cohorts, made.card.data
    dated = data.horizon_days is not None
    if dated and (data.gap_days, data.horizon_days) != (cohorts.gap_days, cohorts.horizon_days):
        windows = {"gap_days": cohorts.gap_days, "horizon_days": cohorts.horizon_days}
        theirs = {"champion_gap": data.gap_days, "champion_horizon": data.horizon_days}
        return _say(standing, "card.against_champion.other_window", **windows, **theirs)
    if standing.customers is None:
        return _say(standing, "card.against_champion.customers_unknown")
    return registered, standing.customers


def _say(standing: StandingChampion, key: str, **values: Any) -> Statement:
    return Statement(key=key, values={"champion": standing.tag, **values})


def _newest(run: ScoredRun) -> CohortLog:
    return max(run.dataset.logs, key=lambda log: log.observation_date)


def _outcome(
    standing: StandingChampion, cohort: CohortLog, metrics: dict[str, dict[str, Any]], **counts: int
) -> Statement:
    differences = {name: figure["difference"] for name, figure in metrics.items()}
    values = {name: interval["estimate"] for name, interval in differences.items()}
    for end in ("low", "high"):
        values |= {f"{name}_{end}": interval[end] for name, interval in differences.items()}
    if cohort.window_start is None:
        return _say(
            standing, "card.against_champion.judged_snapshot", day=cohort.observation_date, **counts, **values
        )
    return _say(
        standing,
        "card.against_champion.judged",
        start=cohort.window_start,
        end=cohort.window_end,
        **counts,
        **values,
    )


def _scored(run: ScoredRun, rows: np.ndarray, features: pd.DataFrame, model: ChurnModel) -> Scored:
    frame = cast(features, model.signature.features)
    raw = model.classifier.predict(model.encoder.encode_frame(frame))
    # What a customer is worth does not depend on who scores: the run's model says it of both.
    value = run.untouched.value[np.searchsorted(run.splits.holdout.test, rows)]
    customers = run.dataset.keys["customerID"].to_numpy()[rows]
    return Scored(customers, run.dataset.churned[rows], raw, model.calibrator.apply(raw), value)

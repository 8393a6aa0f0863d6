"""The facts of a model card and the keys of its sentences; `serving.language` has the texts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from serving.card.card import Calibration, DataWindow, Figure, Figures, ModelCard, ReliabilityBin, Statement
from serving.card.thresholds import Outcome, PrecisionFloor, Rule, Thresholds
from training.dataset.history import History
from training.evaluation.headline import card_metrics
from training.evaluation.ranking import reliability_section
from training.evaluation.scored_run import ScoredRun
from training.evaluation.thresholds import thresholds_section
from training.metrics.bootstrap import CARD_DRAWS, draw, estimates, interval
from training.metrics.scored import Scored
from training.metrics.weighted_metrics import probability_metrics

DAY = 86_400


def thresholds_of(run: ScoredRun) -> Thresholds:
    """Both rules' thresholds from the out-of-fold scores, judged on the untouched part."""
    decision = run.settings.decision
    section = thresholds_section(run.cross_validation, run.untouched, decision, run.valued_settings.profit)
    profit, floor = section["profit"], section["precision_floor"]
    return Thresholds(
        rule=decision.rule,
        chosen=section["chosen"],
        profit=Rule(threshold=profit["threshold"], untouched=_outcome(profit)),
        precision_floor=PrecisionFloor(
            threshold=floor["threshold"],
            untouched=_outcome(floor),
            floor=decision.precision_floor,
            confidence=decision.confidence,
            lower_bound=floor["lower_bound"],
            next_time=floor["next_time"],
        ),
    )


def _outcome(rule: dict[str, Any]) -> Outcome:
    return Outcome(**{name: rule["untouched"][name] for name in Outcome.model_fields})


def model_card(
    run: ScoredRun,
    thresholds: Thresholds,
    history: History,
    against_champion: Statement | None = None,
    time_to_churn: Statement | None = None,
) -> ModelCard:
    """The card of a trained model.

    Parameters
    ----------
    run : ScoredRun
        The run with its champion.
    thresholds : Thresholds
        Of :func:`thresholds_of`; several figures are at the chosen one.
    history : History
        Of the base that the run was trained on.
    against_champion : Statement, optional
        What came of comparing it with the champion that the run found.
    time_to_churn : Statement, optional
        How long customers stay, or why that is not known.
    """
    data = _data(run, history)
    return ModelCard(
        intended_use=tuple(_intended_use(data)),
        out_of_scope=tuple(_out_of_scope(data)),
        people=_people(data),
        data=data,
        judged=_protocol(run),
        figures=_figures(run, thresholds.chosen),
        calibration=_calibration(run.untouched),
        against_champion=against_champion,
        time_to_churn=time_to_churn,
        limits=tuple(_limits(run, data)),
        renewal=(_say("card.renewal.again"), _say("card.renewal.who")),
    )


def _say(key: str, **values: Any) -> Statement:
    return Statement(key=key, values=values)


def _data(run: ScoredRun, history: History) -> DataWindow:
    dataset, cohorts = run.dataset, run.settings.cohorts
    dated = not history.labels_given
    return DataWindow(
        base=history.base,
        kind=history.kind,
        data_until=history.data_until.isoformat(),
        observation_dates=tuple(log.observation_date for log in dataset.logs),
        gap_days=cohorts.gap_days if dated else None,
        horizon_days=cohorts.horizon_days if dated else None,
        rows=len(dataset),
        customers=int(dataset.keys["customerID"].nunique()),
        churn_rate=float(dataset.churned.mean()),
        under_offer=sum(log.under_offer for log in dataset.logs),
        left_involuntarily=sum(log.left_involuntarily for log in dataset.logs),
        features=dataset.signature.names,
    )


def _intended_use(data: DataWindow) -> Iterator[Statement]:
    yield _say("card.intended_use.rank")
    if data.kind == "snapshot":
        yield _say("card.intended_use.snapshot")
    else:
        yield _say("card.intended_use.window", horizon_days=data.horizon_days, gap_days=data.gap_days)
    yield _say("card.intended_use.decide")


def _out_of_scope(data: DataWindow) -> Iterator[Statement]:
    if data.kind == "simulated":
        yield _say("card.out_of_scope.simulated")
    yield _say("card.out_of_scope.other_base", base=data.base)
    yield _say("card.out_of_scope.effect")
    yield _say("card.out_of_scope.refuse")


def _people(data: DataWindow) -> Statement:
    if data.kind == "snapshot":
        return _say("card.people.snapshot", base=data.base)
    return _say("card.people.window", base=data.base, gap_days=data.gap_days)


def _protocol(run: ScoredRun) -> Statement:
    untouched = run.untouched
    return _say(
        "card.judged.arms",
        arms=len(run.results),
        metric=run.settings.champion_by,
        folds=len(run.splits.folds),
        train_rows=len(run.splits.holdout.train),
        rows=len(untouched),
        customers=len(np.unique(untouched.customers)),
        churned=int(untouched.churned.sum()),
        draws=CARD_DRAWS,
    )


def _figures(run: ScoredRun, threshold: float | None) -> Figures:
    """Every headline figure on the untouched part with its interval, and over the folds."""
    untouched, profit = run.untouched, run.valued_settings.profit
    metrics = card_metrics(untouched, threshold, profit)
    found = estimates(metrics, len(untouched))
    drawn = draw(metrics, untouched.customers, CARD_DRAWS, run.settings.seed)
    folds = [estimates(card_metrics(fold, threshold, profit), len(fold)) for fold in _folds(run)]
    return Figures(
        **{
            name: Figure(
                **interval(found[name], drawn[name]),
                **_over_folds(np.array([fold[name] for fold in folds])),
            )
            for name in Figures.model_fields
        }
    )


def _folds(run: ScoredRun) -> Iterator[Scored]:
    rows = run.splits.holdout.train
    for fold in run.splits.folds:
        yield run.cross_validation.take(np.searchsorted(rows, fold.test))


def _over_folds(values: np.ndarray) -> dict[str, float | None]:
    if not np.isfinite(values).all():
        return {"fold_mean": None, "fold_std": None}
    return {"fold_mean": float(values.mean()), "fold_std": float(values.std(ddof=1))}


def _calibration(untouched: Scored) -> Calibration:
    once = np.ones((1, len(untouched)))
    before = probability_metrics(untouched.churned, untouched.raw, once)
    after = probability_metrics(untouched.churned, untouched.probability, once)
    return Calibration(
        ece_before=float(before["ece"][0]),
        ece_after=float(after["ece"][0]),
        brier_before=float(before["brier"][0]),
        brier_after=float(after["brier"][0]),
        bins=tuple(
            ReliabilityBin(**in_bin) for in_bin in reliability_section(untouched)["calibrated"]["bins"]
        ),
    )


def _limits(run: ScoredRun, data: DataWindow) -> Iterator[Statement]:
    signature, dropped, sampler = run.dataset.signature, run.dataset.dropped, run.champion.sampler
    yield from _limits_of_base(data)
    yield _say("card.limits.small_groups", churned=int(run.untouched.churned.sum()))
    personal = tuple(feature.name for feature in signature.features if feature.view == "demographics")
    if personal:
        yield _say("card.limits.personal", features=personal)
    if dropped:
        yield _say("card.limits.dropped", features=tuple(dropped))
    lives = signature.ttl_seconds
    for seconds in sorted({seconds for seconds in lives.values() if seconds}):
        views = tuple(view for view in signature.views if lives[view] == seconds)
        yield _say("card.limits.time_to_live", views=views, days=seconds // DAY)
    if sampler != "none":
        yield _say("card.limits.resampled", sampler=sampler)
    yield _say("card.limits.not_causal")


def _limits_of_base(data: DataWindow) -> Iterator[Statement]:
    dates = sorted(data.observation_dates)
    if data.kind == "snapshot":
        yield _say("card.limits.snapshot", date=dates[0])
        return
    if data.kind == "simulated":
        yield _say("card.limits.simulated")
    if len(dates) == 1:
        yield _say("card.limits.one_date", date=dates[0])
    else:
        yield _say("card.limits.period", first=dates[0], last=dates[-1])
    yield _say("card.limits.late_leaves")

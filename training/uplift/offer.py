"""The effect of one offer: of three learners the best one out of fold is fitted and cut into bins."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from serving.model.effects import Learner, OfferEffect, OfferFacts
from training.dataset.history import HOLD_OUT
from training.settings.settings import Settings
from training.uplift.bins import Bins, mean_and_error, measured_bins, share_below
from training.uplift.figures import figures, qini_of, to_json
from training.uplift.learners import LEARNERS, fit_ranking, targets
from training.uplift.sample import Sample
from training.uplift.scores import OfferScores, offer_scores
from training.uplift.stay_models import StayScores


class Measured(NamedTuple):
    """An offer in serving's format, and its section of ``run.json``."""

    effect: OfferEffect
    section: dict[str, Any]


def measure_offer(sample: Sample, offer: str, stay: StayScores, settings: Settings) -> Measured:
    """Measure the effect of an offer.

    Parameters
    ----------
    sample : Sample
        Rows of the campaigns that made this offer to some and none to others.
    offer : str
    stay : mapping of str to ndarray, (n, folds)
        P(stay) of these rows, from :func:`training.uplift.stay_models.stay_scores`.
    settings : Settings
    """
    rows = np.arange(len(sample))
    own = offer_scores(sample, offer, stay[offer][rows, sample.fold], stay[HOLD_OUT][rows, sample.fold])
    ranked = {one: out_of_fold(one, sample, offer, stay, settings) for one in LEARNERS}
    by_learner = {one: qini_of(score, own.effect) for one, score in ranked.items()}
    best = max(LEARNERS, key=by_learner.__getitem__)
    found = figures(ranked[best], sample, own, settings)
    below = share_below(ranked[best], sample.fold)
    bins = measured_bins(below, own.effect, sample.cluster, settings.uplift.bins)
    proven = found["qini"].low > 0 and len(bins.mean) > 1
    average = mean_and_error(own.effect, sample.cluster)
    facts = OfferFacts(
        rows=int((sample.offer == offer).sum()),
        average=average[0],
        average_error=average[1],
        learner=best if proven else None,
        qini=found["qini"],
    )
    effect = (
        _ranked(best, bins, facts, sample, offer, own, settings)
        if proven
        else OfferEffect(offer, None, (), (average[0],), (average[1],), facts)
    )
    return Measured(effect, _section(effect, best, by_learner) | to_json(found))


def out_of_fold(
    learner: Learner, sample: Sample, offer: str, stay: StayScores, settings: Settings
) -> np.ndarray:
    """Score of every row by a ranking that was fitted on the other folds, (n,)."""
    score = np.empty(len(sample))
    for fold in range(settings.uplift.folds):
        test = sample.fold == fold
        train = sample.where(~test)
        scores = offer_scores(train, offer, stay[offer][~test, fold], stay[HOLD_OUT][~test, fold])
        ranking = _fit(learner, train, offer, scores, settings)
        score[test] = ranking.predict(sample.matrix[test], num_threads=1)
    return score


def _fit(learner: Learner, sample: Sample, offer: str, scores: OfferScores, settings: Settings) -> Any:
    target, weight = targets(learner, sample, offer, scores)
    return fit_ranking(sample.matrix, target, weight, settings.uplift.ranking, settings.seed)


def _ranked(
    learner: Learner,
    bins: Bins,
    facts: OfferFacts,
    sample: Sample,
    offer: str,
    scores: OfferScores,
    settings: Settings,
) -> OfferEffect:
    """The ranking fitted on all rows, with the bins that were measured out of fold."""
    ranking = _fit(learner, sample, offer, scores, settings)
    edges = np.quantile(ranking.predict(sample.matrix, num_threads=1), bins.borders)
    return OfferEffect(
        offer,
        ranking,
        tuple(edges.tolist()),
        tuple(bins.mean.tolist()),
        tuple(bins.error.tolist()),
        facts,
    )


def _section(effect: OfferEffect, best: Learner, by_learner: dict[Learner, float]) -> dict[str, Any]:
    return {
        "offer": effect.offer,
        "rows": effect.facts.rows,
        "ranked": effect.ranking is not None,
        "learner": best,
        "qini_by_learner": dict(by_learner),
        "bins": [
            {"mean": mean, "error": error} for mean, error in zip(effect.mean, effect.error, strict=True)
        ],
    }

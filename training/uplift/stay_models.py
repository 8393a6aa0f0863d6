"""P(stay) with an offer and without, of every row by models that have not seen the row's customer.

A ranking that is judged on fold k is fitted on the other folds. What it learns from must not come from fold k
either: for the rows of fold j, P(stay) is that of a model which left out both.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations_with_replacement

import numpy as np

from training.modelling.classifiers import make_classifier, predict
from training.settings.settings import Settings
from training.uplift.sample import Sample

StayScores = dict[str, np.ndarray]
"""By offer: P(stay) of every row, (n, folds); column k is by a model without fold k and the row's own."""


def stay_scores(
    sample: Sample, offers: Sequence[str], settings: Settings, fitted: Callable[[str], None]
) -> StayScores:
    """Fit ``folds * (folds + 1) / 2`` classifiers per offer and score every row with them.

    Parameters
    ----------
    sample : Sample
        Of each offer, rows of both outcomes are in every pair of folds.
    offers : sequence of str
        With the hold-out.
    settings : Settings
    fitted : callable
        Told the offer after each fit.
    """
    folds = settings.uplift.folds
    scores = {offer: np.empty((len(sample), folds)) for offer in offers}
    jobs = [(offer, *pair) for offer in offers for pair in combinations_with_replacement(range(folds), 2)]

    def work(job: tuple[str, int, int]) -> None:
        offer, first, second = job
        _score(sample, offer, (first, second), scores[offer], settings)
        fitted(offer)

    with ThreadPoolExecutor(settings.threads) as pool:
        list(pool.map(work, jobs))
    return scores


def stay_fits(offers: int, folds: int) -> int:
    """How many classifiers :func:`stay_scores` fits."""
    return offers * folds * (folds + 1) // 2


def _score(
    sample: Sample, offer: str, left_out: tuple[int, int], scores: np.ndarray, settings: Settings
) -> None:
    """Fit a classifier without two folds and fill their scores in."""
    train = (sample.offer == offer) & ~np.isin(sample.fold, left_out)
    classifier = make_classifier("lightgbm", settings.uplift.stays, settings.seed)
    classifier.fit(sample.matrix[train], sample.stayed[train].astype("int64"))
    for own, other in {left_out, left_out[::-1]}:
        rows = np.flatnonzero(sample.fold == own)
        scores[rows, other] = predict(classifier, sample.matrix[rows])

"""The published study's protocol, for comparison only: resample everything, then split.

It is not a result. The resampler has seen the rows that are judged on: SMOTE and ADASYN put near copies of
them into the training part, and the edited nearest neighbours (ENN) of SMOTEENN delete rows that are hard to
classify, from the test part too. The guard of ``training.modelling.resampling`` would refuse all of this; no
training run calls it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from imblearn.under_sampling import EditedNearestNeighbours
from sklearn.model_selection import train_test_split
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import StandardScaler

from training.dataset.point_in_time import Dataset
from training.dataset.split import Fold
from training.errors import ArmError
from training.metrics.metrics import score_metrics
from training.modelling.arms import Arm, ArmResult, EncodedFold, encode_fold, training_part
from training.modelling.classifiers import make_classifier, predict
from training.modelling.neighbours import BoundedNeighbors
from training.modelling.resampling import (
    SAMPLERS,
    BoundedSearch,
    TrainingPart,
    bounded_search,
    fit_resample,
    largest_searches,
)
from training.progress import Advance
from training.settings.base import ClassifierName, SamplerName
from training.settings.settings import Settings

PLAIN: ClassifierName = "lightgbm"


def protocols_section(
    results: Sequence[ArmResult],
    dataset: Dataset,
    holdout: Fold,
    settings: Settings,
    advance: Advance = lambda _: None,
) -> dict[str, Any]:
    """The honest protocol beside the published one, and what makes the difference.

    Parameters
    ----------
    results : sequence of ArmResult
        The honest cross-validation.
    dataset : Dataset
    holdout : Fold
        Training part and untouched part.
    settings : Settings
        ``evaluation.published``: its classifiers, as its libraries set them by default, and its test share.
    advance : callable
        Called once for every published arm, and once for the mechanism.

    Returns
    -------
    dict
        ``honest``: ``[{"arm": {"sampler", "classifier"}, "cross_validation": {metric: mean over the
        folds}}]``; ``published``: ``[{"arm", "rows" (after resampling), "test_rows", "test_churn_rate",
        "metrics", "on_untouched": metrics of the same sampler and classifier fitted on the training part,
        on the untouched part as it is}]``; ``mechanism``: see :func:`mechanism`; ``bounded_searches``: as in
        a run's summary; ``left_out``: ``[{"sampler", "reason"}]``. Metrics are those of
        :func:`training.metrics.metrics.score_metrics`, at 0.5 on raw probabilities.
    """
    searches: list[BoundedSearch] = []
    left_out: list[dict[str, str]] = []
    return {
        "honest": [{"arm": result.arm.to_json(), "cross_validation": _means(result)} for result in results],
        "published": published(dataset, holdout, settings, searches, left_out, advance),
        "mechanism": mechanism(dataset, holdout, settings, searches, advance),
        "bounded_searches": largest_searches(searches),
        "left_out": left_out,
    }


def published(
    dataset: Dataset,
    holdout: Fold,
    settings: Settings,
    searches: list[BoundedSearch],
    left_out: list[dict[str, str]],
    advance: Advance = lambda _: None,
) -> list[dict[str, Any]]:
    """Every sampler with every classifier of the study; see :func:`protocols_section`.

    ``searches`` collects every search for neighbours that was bounded, and ``left_out`` every sampler that
    can make nothing of the rows.
    """
    honest = encode_fold(dataset, holdout)
    arms = []
    for sampler in settings.samplers:
        try:
            matrix, churned = resample_everything(sampler, honest, settings, searches)
            train, test = _random_split(churned, settings)
            part = training_part(sampler, honest, settings, searches.append)
        except ArmError as error:
            left_out.append({"sampler": sampler, "reason": str(error)})
            continue
        for name in settings.evaluation.published.classifiers:
            leaky = _fit(name, matrix[train], churned[train], settings)
            fair = _fit(name, part.matrix, part.churned, settings)
            arms.append(
                {
                    "arm": Arm(sampler, name).to_json(),
                    "rows": len(churned),
                    "test_rows": len(test),
                    "test_churn_rate": float(churned[test].mean()),
                    "metrics": score_metrics(churned[test], predict(leaky, matrix[test])),
                    "on_untouched": score_metrics(dataset.churned[holdout.test], honest.predict_test(fair)),
                }
            )
            advance(f"published {sampler}+{name}")
    return arms


def resample_everything(
    sampler: SamplerName, encoded: EncodedFold, settings: Settings, searches: list[BoundedSearch]
) -> tuple[np.ndarray, np.ndarray]:
    """Resample all rows, test rows included: the mistake of the published protocol."""
    if sampler == "none":
        return encoded.matrix, encoded.churned
    search = bounded_search(sampler, settings.resampling.neighbour_rows, settings.seed, searches.append)
    everything = TrainingPart(encoded.matrix, encoded.churned)
    resampled = fit_resample(sampler, SAMPLERS[sampler](settings.seed, search), everything)
    return resampled.matrix, resampled.churned


def mechanism(
    dataset: Dataset,
    holdout: Fold,
    settings: Settings,
    searches: list[BoundedSearch],
    advance: Advance = lambda _: None,
) -> dict[str, Any]:
    """Where the published figures come from.

    Returns
    -------
    dict
        ``cleaning``: LightGBM fitted on the training part as it is, without any resampling: ``before``, its
        metrics on the untouched part, ``after``, on what ENN leaves of it, with ``rows``, ``churned``, and
        ``deleted_stayed``, ``deleted_churned``; the metrics are None when ENN leaves one class only.
        ``copies``: for the published SMOTEENN split and the honest one, ``nearest_same_label``: share of
        test rows whose nearest training row has the same label, ``median_distance`` to it (standard
        deviations of the columns, Euclidean) and ``exact``, the share at distance zero; ``sampler``: whose
        copies they are.
    """
    encoded = encode_fold(dataset, holdout)
    section = {"cleaning": _cleaning(encoded, settings), "copies": _copies(encoded, settings, searches)}
    advance("mechanism")
    return section


def _cleaning(encoded: EncodedFold, settings: Settings) -> dict[str, Any]:
    rows, churned = encoded.matrix[encoded.fold.test], encoded.churned[encoded.fold.test]
    plain = _fit(PLAIN, encoded.matrix[encoded.fold.train], encoded.churned[encoded.fold.train], settings)
    probability = predict(plain, rows)
    # As in SMOTEENN: a row of either class is deleted unless its three nearest rows have its label.
    nearest = BoundedNeighbors(4, rows=settings.resampling.neighbour_rows, seed=settings.seed)
    cleaner = EditedNearestNeighbours(sampling_strategy="all", n_neighbors=nearest)
    cleaner.fit_resample(rows, churned)
    remaining = np.sort(cleaner.sample_indices_)
    deleted = np.setdiff1d(np.arange(len(rows)), remaining)
    return {
        "classifier": PLAIN,
        "before": _counts_and_metrics(churned, probability),
        "after": _counts_and_metrics(churned[remaining], probability[remaining]),
        "deleted_stayed": int((churned[deleted] == 0).sum()),
        "deleted_churned": int((churned[deleted] == 1).sum()),
    }


def _counts_and_metrics(churned: np.ndarray, probability: np.ndarray) -> dict[str, Any]:
    return {
        "rows": len(churned),
        "churned": int(churned.sum()),
        "metrics": score_metrics(churned, probability) if len(np.unique(churned)) == 2 else None,
    }


def _copies(encoded: EncodedFold, settings: Settings, searches: list[BoundedSearch]) -> dict[str, Any]:
    sampler, matrix, churned = _cleaned_or_copied(encoded, settings, searches)
    train, test = _random_split(churned, settings)
    fold = encoded.fold
    return {
        "sampler": sampler,
        "published": _nearest(matrix, churned, train, _sample(test, settings)),
        "honest": _nearest(encoded.matrix, encoded.churned, fold.train, _sample(fold.test, settings)),
    }


def _cleaned_or_copied(
    encoded: EncodedFold, settings: Settings, searches: list[BoundedSearch]
) -> tuple[SamplerName, np.ndarray, np.ndarray]:
    """All rows, resampled by SMOTEENN, or else by the last sampler that can."""
    last_first = reversed(settings.samplers)
    for sampler in sorted(last_first, key=lambda name: name != "smoteenn"):
        try:
            return sampler, *resample_everything(sampler, encoded, settings, searches)
        except ArmError:  # `published` has told why
            continue
    return "none", encoded.matrix, encoded.churned


def _sample(rows: np.ndarray, settings: Settings) -> np.ndarray:
    """At most ``resampling.neighbour_rows`` of these rows, at random."""
    most = settings.resampling.neighbour_rows
    return rows if len(rows) <= most else np.random.default_rng(settings.seed).choice(rows, most, False)


def _nearest(
    matrix: np.ndarray, churned: np.ndarray, train: np.ndarray, test: np.ndarray
) -> dict[str, float]:
    scaler = StandardScaler().fit(matrix[train])
    neighbours = NearestNeighbors(n_neighbors=1).fit(scaler.transform(matrix[train]))
    distance, position = neighbours.kneighbors(scaler.transform(matrix[test]))
    return {
        "nearest_same_label": float((churned[train][position[:, 0]] == churned[test]).mean()),
        "median_distance": float(np.median(distance)),
        "exact": float((distance[:, 0] < 1e-9).mean()),
    }


def _random_split(churned: np.ndarray, settings: Settings) -> tuple[np.ndarray, np.ndarray]:
    share = settings.evaluation.published.test_share
    fewest = int(np.bincount(churned, minlength=2).min())
    if fewest * min(share, 1 - share) < 1:
        raise ArmError(f"{fewest} rows of a kind among {len(churned)} are too few to split at random")
    train, test = train_test_split(
        np.arange(len(churned)), test_size=share, stratify=churned, random_state=settings.seed
    )
    return np.asarray(train), np.asarray(test)


def _fit(name: ClassifierName, matrix: np.ndarray, churned: np.ndarray, settings: Settings) -> Any:
    parameters = settings.evaluation.published.classifiers.get(name, {})
    return make_classifier(name, parameters, settings.seed).fit(matrix, churned)


def _means(result: ArmResult) -> dict[str, float]:
    return {name: result.mean(name) for name in result.folds[0]}

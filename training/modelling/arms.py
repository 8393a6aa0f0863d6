"""The arms {samplers} x {classifiers}, cross-validated.

Training rows are resampled once per fold and sampler, not once per classifier; test rows never are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

import numpy as np
import pandas as pd
from sklearn.metrics import brier_score_loss

from serving.model.encoding import Encoder, fit_encoder
from training.dataset.point_in_time import Dataset
from training.dataset.split import Fold
from training.errors import ArmError
from training.metrics.metrics import METRICS, score_metrics
from training.metrics.profit import empc
from training.metrics.weighted_metrics import Ranking
from training.modelling.calibrate import cross_calibrate
from training.modelling.classifiers import make_classifier, predict
from training.modelling.resampling import OnBounded, ResamplingGuard, TrainingPart, bounded_search, resample
from training.progress import Advance
from training.settings.base import ClassifierName, SamplerName
from training.settings.profit import ProfitSettings
from training.settings.settings import Settings

FOLD_METRICS = (*METRICS, "brier_calibrated", "empc")


@dataclass(frozen=True)
class Arm:
    """One sampler with one classifier."""

    sampler: SamplerName
    classifier: ClassifierName

    @property
    def name(self) -> str:
        """Short name, such as ``smoteenn+lightgbm``."""
        return f"{self.sampler}+{self.classifier}"

    def to_json(self) -> dict[str, str]:
        """Plain values for a run's files."""
        return {"sampler": self.sampler, "classifier": self.classifier}


@dataclass(frozen=True)
class LeftOut:
    """An arm that could not be fitted, and why."""

    arm: Arm
    reason: str

    def to_json(self) -> dict[str, Any]:
        """Plain values for a run's files."""
        return {"arm": self.arm.to_json(), "reason": self.reason}


OnLeftOut = Callable[[LeftOut], None]
"""Called with every arm that is left out."""


@dataclass(frozen=True)
class ArmResult:
    """An arm's scores and metrics on rows that it was not fitted on.

    Attributes
    ----------
    arm : Arm
    folds : tuple of dict
        :data:`FOLD_METRICS` of every fold, at a threshold of 0.5 on raw probabilities;
        ``brier_calibrated`` is on cross-fitted calibrated ones, and ``empc``, the expected maximum profit
        per customer, needs no threshold.
    raw : ndarray, (n,)
        Out-of-fold P(churn) before calibration, in the order of the training part's rows.
    calibrated : ndarray, (n,)
        The same after cross-fitted calibration.
    """

    arm: Arm
    folds: tuple[dict[str, float], ...]
    raw: np.ndarray
    calibrated: np.ndarray

    def mean(self, metric: str) -> float:
        """Mean of a metric over the folds."""
        return float(np.mean([fold[metric] for fold in self.folds]))

    def std(self, metric: str) -> float:
        """Standard deviation of a metric over the folds (n - 1 in the denominator)."""
        return float(np.std([fold[metric] for fold in self.folds], ddof=1))


@dataclass(frozen=True)
class EncodedFold:
    """One fold with its own encoding, learned from its training rows, and its guard.

    Attributes
    ----------
    fold : Fold
    encoder : Encoder
    matrix : ndarray, (n, m)
        All rows of the dataset, encoded.
    churned : ndarray of int, (n,)
    guard : ResamplingGuard
        Remembers the test rows as they were before anything was resampled.
    """

    fold: Fold
    encoder: Encoder
    matrix: np.ndarray
    churned: np.ndarray
    guard: ResamplingGuard

    def predict_test(self, estimator: Any) -> np.ndarray:
        """P(churn) of the fold's test rows, after the guard has found them untouched."""
        rows = self.matrix[self.fold.test]
        self.guard.check_test_rows(rows, self.churned[self.fold.test])
        return predict(estimator, rows)


def arm_named(name: str) -> Arm:
    """The arm of a checked ``sampler+classifier``."""
    sampler, _, classifier = name.partition("+")
    return Arm(cast("SamplerName", sampler), cast("ClassifierName", classifier))


def arms_of(settings: Settings) -> list[Arm]:
    """Every sampler with every classifier; the logistic regression, as the floor, is not resampled."""
    resampled = [name for name in settings.classifiers if name != "logistic_regression"]
    arms = [Arm(sampler, name) for sampler in settings.samplers for name in resampled]
    if "logistic_regression" in settings.classifiers:
        arms.append(Arm("none", "logistic_regression"))
    return arms


def encode_fold(dataset: Dataset, fold: Fold) -> EncodedFold:
    """Learn the encoding from a fold's training rows and encode all rows with it."""
    encoder = fit_encoder(dataset.features.iloc[fold.train], dataset.signature.features)
    matrix = encoder.encode_frame(dataset.features)
    guard = ResamplingGuard(matrix, dataset.churned, fold.test)
    return EncodedFold(fold, encoder, matrix, dataset.churned, guard)


def cross_validate(
    dataset: Dataset,
    folds: Sequence[Fold],
    settings: Settings,
    advance: Advance = lambda _: None,
    on_bounded: OnBounded = lambda _: None,
    on_left_out: OnLeftOut = lambda _: None,
) -> list[ArmResult]:
    """Judge every arm by cross-validation; an arm that cannot be fitted on every fold is left out.

    Parameters
    ----------
    dataset : Dataset
    folds : sequence of Fold
        Their test rows together are the training part; the untouched part is in none of them.
    settings : Settings
    advance : callable
        Called with the arm's name after each of the ``len(arms) * len(folds)`` fits.
    on_bounded : callable
        Called with every search for neighbours that was bounded.
    on_left_out : callable
        Called with every arm that is left out.

    Raises
    ------
    LeakError
        When a resampler has seen a row that its fold is judged on.
    ArmError
        When no arm is left.
    """
    scored = _score_folds(dataset, folds, settings, advance, on_bounded)
    if not scored.scores:
        raise no_arm_left(scored.left_out)
    for one in scored.left_out:
        on_left_out(one)
    rows = np.sort(np.concatenate([fold.test for fold in folds]))
    return [
        arm_result(arm, scores[rows], dataset.churned, folds, settings.profit)
        for arm, scores in scored.scores.items()
    ]


class _Scored(NamedTuple):
    """Scores of every arm that was fitted on all folds, one for each row of the dataset, and the others."""

    scores: dict[Arm, np.ndarray]
    left_out: list[LeftOut]


def _score_folds(
    dataset: Dataset, folds: Sequence[Fold], settings: Settings, advance: Advance, on_bounded: OnBounded
) -> _Scored:
    arms = arms_of(settings)
    scores = {arm: np.full(len(dataset), np.nan) for arm in arms}
    failed: dict[SamplerName, dict[int, str]] = defaultdict(dict)

    def judge(number: int, fold: Fold) -> None:
        encoded = encode_fold(dataset, fold)
        for sampler, of_sampler in _by_sampler(arms):
            try:
                part = training_part(sampler, encoded, settings, on_bounded)
            except ArmError as error:
                failed[sampler][number] = f"fold {number}: {error}"
                part = None
            for arm in of_sampler:
                if part is not None:
                    scores[arm][fold.test] = encoded.predict_test(fit_arm(arm, part, settings))
                advance(arm.name)

    # Folds run side by side, each fit on one thread, so that no library waits for another's threads.
    with ThreadPoolExecutor(settings.threads) as pool:
        for finished in as_completed([pool.submit(judge, *fold) for fold in enumerate(folds, 1)]):
            finished.result()
    reasons = {sampler: by_fold[min(by_fold)] for sampler, by_fold in failed.items()}
    return _Scored(
        {arm: its for arm, its in scores.items() if arm.sampler not in reasons},
        [LeftOut(arm, reasons[arm.sampler]) for arm in arms if arm.sampler in reasons],
    )


def no_arm_left(left_out: Sequence[LeftOut]) -> ArmError:
    """The error of a run whose arms are all left out, with every reason once."""
    reasons = "; ".join(dict.fromkeys(one.reason for one in left_out))
    return ArmError(f"no arm can be fitted: {reasons}; bring more customers, or name `none` in samplers")


def fit_arm(arm: Arm, part: TrainingPart, settings: Settings) -> Any:
    """Fit one arm's classifier on an (already resampled) training part."""
    estimator = make_classifier(arm.classifier, settings.classifiers[arm.classifier], settings.seed)
    return estimator.fit(part.matrix, part.churned)


def training_part(
    sampler: SamplerName, encoded: EncodedFold, settings: Settings, on_bounded: OnBounded = lambda _: None
) -> TrainingPart:
    """The rows that a fold's classifiers are fitted on, resampled under the fold's guard."""
    search = bounded_search(sampler, settings.resampling.neighbour_rows, settings.seed, on_bounded)
    train, guard = encoded.fold.train, encoded.guard
    return resample(sampler, encoded.matrix, encoded.churned, train, guard, settings.seed, search)


def _by_sampler(arms: Sequence[Arm]) -> Iterator[tuple[SamplerName, list[Arm]]]:
    """Arms that share a sampler, so that a fold is resampled once for all of them."""
    for sampler in dict.fromkeys(arm.sampler for arm in arms):
        yield sampler, [arm for arm in arms if arm.sampler == sampler]


def arm_result(
    arm: Arm, raw: np.ndarray, churned: np.ndarray, folds: Sequence[Fold], profit: ProfitSettings
) -> ArmResult:
    """Judge an arm by its out-of-fold scores.

    Parameters
    ----------
    arm : Arm
    raw : ndarray, (n,)
        Out-of-fold P(churn) of the folds' test rows, in ascending order of their positions.
    churned : ndarray of int
        Labels of the whole dataset.
    folds : sequence of Fold
        Positions refer to the whole dataset.
    profit : ProfitSettings
        Of ``empc``.
    """
    rows = np.sort(np.concatenate([fold.test for fold in folds]))
    labels = churned[rows]
    tests = [np.searchsorted(rows, fold.test) for fold in folds]
    calibrated = cross_calibrate(raw, labels, tests)
    metrics = tuple(
        score_metrics(labels[test], raw[test])
        | {"brier_calibrated": float(brier_score_loss(labels[test], calibrated[test]))}
        | {"empc": _empc(labels[test], raw[test], profit)}
        for test in tests
    )
    return ArmResult(arm, metrics, raw, calibrated)


def _empc(churned: np.ndarray, raw: np.ndarray, profit: ProfitSettings) -> float:
    once = np.ones((1, len(churned)))
    return float(empc(Ranking.of(churned, raw), once, profit)["empc"][0])


def arms_table(results: Sequence[ArmResult]) -> pd.DataFrame:
    """One row per arm: mean and standard deviation over the folds of every metric.

    Returns
    -------
    DataFrame
        Columns ``sampler``, ``classifier``, and for every metric ``<metric>`` and ``<metric>_std``.
    """
    rows = []
    for result in results:
        row: dict[str, object] = dict(result.arm.to_json())
        for name in FOLD_METRICS:
            row[name], row[f"{name}_std"] = result.mean(name), result.std(name)
        rows.append(row)
    return pd.DataFrame(rows)

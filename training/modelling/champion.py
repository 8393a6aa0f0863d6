"""The champion: chosen on cross-validation, then fitted once and judged once on the untouched part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from serving.card.metric_direction import LOWER_IS_BETTER
from serving.model.calibration import Calibrator
from training.errors import ArmError
from training.metrics.metrics import score_metrics
from training.modelling.arms import (
    Arm,
    ArmResult,
    EncodedFold,
    LeftOut,
    OnLeftOut,
    fit_arm,
    no_arm_left,
    training_part,
)
from training.modelling.calibrate import fit_calibrator
from training.modelling.resampling import OnBounded, TrainingPart
from training.settings.settings import Settings


@dataclass(frozen=True)
class Champion:
    """The chosen arm, fitted on the training part.

    Attributes
    ----------
    result : ArmResult
        Its cross-validation, which it was chosen by.
    estimator : fitted scikit-learn classifier
    calibrator : Calibrator
        Fitted on the out-of-fold scores of the whole training part.
    untouched : dict of str to float
        Metrics on the untouched part, on calibrated probabilities, with ``mean_probability`` and
        ``churn_rate``.
    """

    result: ArmResult
    estimator: Any
    calibrator: Calibrator
    untouched: dict[str, float]

    @property
    def arm(self) -> Arm:
        """The chosen arm."""
        return self.result.arm


def rank(results: Sequence[ArmResult], metric: str) -> list[ArmResult]:
    """The arms by their mean over the folds, the best first; equal arms keep their order."""
    sign = 1.0 if metric in LOWER_IS_BETTER else -1.0
    return sorted(results, key=lambda result: sign * result.mean(metric))


def fit_champion(
    results: Sequence[ArmResult],
    encoded: EncodedFold,
    settings: Settings,
    on_bounded: OnBounded = lambda _: None,
    on_left_out: OnLeftOut = lambda _: None,
) -> Champion:
    """Choose on cross-validation, fit on the training part, judge on the untouched part.

    The best arm that can be fitted on the whole training part is chosen.

    Parameters
    ----------
    results : sequence of ArmResult
        Cross-validation of every arm.
    encoded : EncodedFold
        The hold-out split: ``fold.train`` is the training part, ``fold.test`` the untouched part.
    settings : Settings
    on_bounded : callable
        Called with every search for neighbours that was bounded.
    on_left_out : callable
        Called with every better arm that cannot be fitted on the whole training part.

    Raises
    ------
    LeakError
        When the resampler has seen a row of the untouched part.
    ArmError
        When no arm can be fitted on the training part.
    """
    chosen, part = _choose_fitting(results, encoded, settings, on_bounded, on_left_out)
    estimator = fit_arm(chosen.arm, part, settings)
    calibrator = fit_calibrator(chosen.raw, encoded.churned[encoded.fold.train])
    probability = calibrator.apply(encoded.predict_test(estimator))
    churned = encoded.churned[encoded.fold.test]
    untouched = score_metrics(churned, probability) | {
        "mean_probability": float(probability.mean()),
        "churn_rate": float(churned.mean()),
    }
    return Champion(chosen, estimator, calibrator, untouched)


def _choose_fitting(
    results: Sequence[ArmResult],
    encoded: EncodedFold,
    settings: Settings,
    on_bounded: OnBounded,
    on_left_out: OnLeftOut,
) -> tuple[ArmResult, TrainingPart]:
    left_out: list[LeftOut] = []
    for result in rank(results, settings.champion_by):
        try:
            return result, training_part(result.arm.sampler, encoded, settings, on_bounded)
        except ArmError as error:
            left_out.append(LeftOut(result.arm, f"training part: {error}"))
            on_left_out(left_out[-1])
    raise no_arm_left(left_out)

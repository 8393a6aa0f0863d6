"""A finished run with the scores of its champion on rows that the champion was not fitted on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from serving.model.churn_model import ChurnModel
from training.dataset.point_in_time import Dataset
from training.dataset.split import Splits
from training.metrics.profit import kept_value, value_is_measured
from training.metrics.scored import Scored
from training.modelling.arms import Arm, ArmResult, encode_fold, fit_arm, training_part
from training.modelling.calibrate import fit_calibrator
from training.modelling.champion import rank
from training.settings.settings import Settings


@dataclass(frozen=True)
class ScoredRun:
    """A run, and its champion's scores on rows that it was not fitted on.

    Where the model has a survival model, values of customers come from it. Its few numbers were fitted on the
    untouched part too.

    Attributes
    ----------
    dataset : Dataset
    splits : Splits
    settings : Settings
    results : tuple of ArmResult
        Cross-validation of every arm, the best first.
    model : ChurnModel
        The champion as it is registered.
    cross_validation : Scored
        The training part, out of fold; every row calibrated on the other folds.
    untouched : Scored
        The untouched part, by the registered model itself.
    """

    dataset: Dataset
    splits: Splits
    settings: Settings
    results: tuple[ArmResult, ...]
    model: ChurnModel
    cross_validation: Scored
    untouched: Scored

    @property
    def value_measured(self) -> bool:
        """Whether values of customers come from a survival model, and are not assumed."""
        return value_is_measured(self.dataset, self.model.survival)

    @property
    def valued_settings(self) -> Settings:
        """The settings with the mean value of the training part as ``profit.customer_value``, if measured."""
        if not self.value_measured:
            return self.settings
        mean = float(self.cross_validation.value.mean())
        profit = self.settings.profit.model_copy(update={"customer_value": mean})
        return self.settings.model_copy(update={"profit": profit})

    @property
    def champion(self) -> Arm:
        """The champion's arm."""
        return self.results[0].arm


def score_run(
    results: Sequence[ArmResult], model: ChurnModel, dataset: Dataset, splits: Splits, settings: Settings
) -> ScoredRun:
    """Score the untouched part with the registered model, beside the champion's out-of-fold scores."""
    ranked = rank(results, settings.champion_by)
    rows, train = splits.holdout.test, splits.holdout.train
    encoded = model.encoder.encode_frame(dataset.features.iloc[rows])
    raw = model.classifier.predict(encoded)
    probability = model.calibrator.apply(raw)

    def value(of: np.ndarray, chances: np.ndarray) -> np.ndarray:
        return kept_value(dataset, of, chances, model.survival, settings.profit)

    return ScoredRun(
        dataset,
        splits,
        settings,
        tuple(ranked),
        model,
        score_out_of_fold(ranked[0], dataset, splits, value(train, ranked[0].calibrated)),
        _scored(dataset, rows, raw, probability, value(rows, probability)),
    )


def score_out_of_fold(result: ArmResult, dataset: Dataset, splits: Splits, value: np.ndarray) -> Scored:
    """An arm's cross-validation as scored rows; ``value`` is of the training part."""
    return _scored(dataset, splits.holdout.train, result.raw, result.calibrated, value)


def score_untouched(
    result: ArmResult, dataset: Dataset, splits: Splits, settings: Settings, value: np.ndarray
) -> Scored:
    """Fit an arm on the training part as the champion is fitted, and score the untouched part with it.

    Its parameters are those of ``settings``. Its calibrator is fitted on the out-of-fold scores of
    ``result``. ``value`` is of the untouched part.
    """
    encoded = encode_fold(dataset, splits.holdout)
    part = training_part(result.arm.sampler, encoded, settings)
    raw = encoded.predict_test(fit_arm(result.arm, part, settings))
    calibrator = fit_calibrator(result.raw, dataset.churned[splits.holdout.train])
    return _scored(dataset, splits.holdout.test, raw, calibrator.apply(raw), value)


def _scored(
    dataset: Dataset, rows: np.ndarray, raw: np.ndarray, probability: np.ndarray, value: np.ndarray
) -> Scored:
    customers = dataset.keys["customerID"].to_numpy()[rows]
    return Scored(customers, dataset.churned[rows], raw, probability, value)

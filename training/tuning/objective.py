"""The objective of a trial: its score on folds of the training part, prepared once for all trials."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from training.dataset.point_in_time import Dataset
from training.dataset.split import Fold, Splits, folds_of
from training.errors import LeakError
from training.metrics.metrics import score_metrics
from training.modelling.arms import Arm, EncodedFold, encode_fold, fit_arm, training_part
from training.modelling.calibrate import fit_calibrator
from training.modelling.resampling import TrainingPart
from training.settings.base import SamplerName
from training.settings.settings import Settings


def search_folds(dataset: Dataset, splits: Splits, settings: Settings) -> list[Fold]:
    """Folds of the training part by customer, drawn with other seeds than the run's own folds.

    Parameters chosen on the run's folds would look better there than they are.
    """
    customers = dataset.keys["customerID"].to_numpy()
    folds = []
    for repeat in range(settings.tuning.repeats):
        seed = settings.seed + 1 + repeat
        folds += folds_of(splits.holdout.train, customers, dataset.churned, settings.tuning.folds, seed)
    return folds


def refuse_untouched(folds: Sequence[Fold], untouched: np.ndarray, customers: np.ndarray) -> None:
    """Refuse folds that use a row, or another row of a customer, of the untouched part.

    Parameters
    ----------
    folds : sequence of Fold
    untouched : ndarray of int
        Positions of the untouched part.
    customers : ndarray of str, (n,)
        The customer of every row of the dataset.

    Raises
    ------
    LeakError
    """
    for number, fold in enumerate(folds, 1):
        rows = np.concatenate([fold.train, fold.test])
        leaked = rows[np.isin(customers[rows], customers[untouched])]
        if len(leaked):
            raise LeakError(
                f"fold {number} of the search uses {len(leaked)} rows of customers of the untouched part "
                f"(first: row {leaked.min()}); search on the training part of the run's split only"
            )


class SearchPart:
    """The search's folds of one dataset, each encoded once, and resampled once per sampler.

    Parameters
    ----------
    dataset : Dataset
    splits : Splits
        The run's own; its untouched part is refused.
    folds : sequence of Fold
        From :func:`search_folds`.
    settings : Settings

    Raises
    ------
    LeakError
        When a fold uses a customer of the untouched part.
    """

    def __init__(self, dataset: Dataset, splits: Splits, folds: Sequence[Fold], settings: Settings) -> None:
        refuse_untouched(folds, splits.holdout.test, dataset.keys["customerID"].to_numpy())
        self.folds = [encode_fold(dataset, fold) for fold in folds]
        self._settings = settings
        self._parts: dict[SamplerName, list[TrainingPart]] = {}

    def parts(self, sampler: SamplerName) -> list[TrainingPart]:
        """The rows that classifiers are fitted on, a part for each fold, resampled under its guard."""
        if sampler not in self._parts:
            self._parts[sampler] = [training_part(sampler, fold, self._settings) for fold in self.folds]
        return self._parts[sampler]


class Objective:
    """Scores of one arm's parameters, fold by fold.

    Parameters
    ----------
    arm : Arm
    part : SearchPart
    settings : Settings
        ``champion_by`` is the score; ``threads`` folds are fitted side by side.
    """

    def __init__(self, arm: Arm, part: SearchPart, settings: Settings) -> None:
        self._arm = arm
        self._folds = part.folds
        self._parts = part.parts(arm.sampler)
        self._settings = settings

    @property
    def folds(self) -> int:
        """How many scores there are."""
        return len(self._folds)

    def scores(self, parameters: Mapping[str, Any]) -> Generator[float, None, None]:
        """The score of every fold, in order; a caller that stops early cancels the folds not begun.

        Raises
        ------
        LeakError
            When a fold is judged on other rows than its own test rows.
        """
        settings = with_parameters(self._settings, self._arm, parameters)

        def judge(fold: EncodedFold, part: TrainingPart) -> float:
            raw = fold.predict_test(fit_arm(self._arm, part, settings))
            return score(settings.champion_by, fold.churned[fold.fold.test], raw)

        with ThreadPoolExecutor(settings.threads) as pool:
            waiting = [
                pool.submit(judge, fold, part) for fold, part in zip(self._folds, self._parts, strict=True)
            ]
            try:
                for future in waiting:
                    yield future.result()
            finally:
                for future in waiting:
                    future.cancel()


def score(metric: str, churned: np.ndarray, raw: np.ndarray) -> float:
    """A fold's score.

    ``brier_calibrated`` is calibrated on the fold's own rows, which flatters every trial by the same two
    parameters: the other folds are not fitted yet when a trial is to be stopped early.
    """
    if metric != "brier_calibrated":
        return score_metrics(churned, raw)[metric]
    return score_metrics(churned, fit_calibrator(raw, churned).apply(raw))["brier"]


def with_parameters(settings: Settings, arm: Arm, parameters: Mapping[str, Any]) -> Settings:
    """Settings of this arm alone, with these parameters."""
    return settings.model_copy(
        update={"samplers": (arm.sampler,), "classifiers": {arm.classifier: dict(parameters)}}
    )

"""Cross-validation of a finished run, rebuilt from its out-of-fold scores."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

import numpy as np
import pandas as pd

from training.dataset.point_in_time import Dataset
from training.dataset.split import Splits
from training.errors import RunError
from training.modelling.arms import Arm, ArmResult, arm_named, arm_result
from training.settings.base import ClassifierName, SamplerName
from training.settings.profit import ProfitSettings

ROW = "row"


def out_of_fold_table(results: Sequence[ArmResult], splits: Splits) -> pd.DataFrame:
    """Raw out-of-fold P(churn) of every arm.

    Returns
    -------
    DataFrame
        One row per row of the training part: ``row`` is its position in the dataset, the other columns are
        named after the arms.
    """
    scores = {result.arm.name: result.raw for result in results}
    return pd.DataFrame({ROW: splits.holdout.train, **scores})


def read_results(
    table: pd.DataFrame, dataset: Dataset, splits: Splits, profit: ProfitSettings
) -> list[ArmResult]:
    """Every arm's cross-validation, as :func:`training.modelling.arms.cross_validate` gave it.

    Metrics and calibrated probabilities are computed again from the scores; nothing is fitted but the
    calibrators.

    Parameters
    ----------
    table : DataFrame
        A run's ``out_of_fold.parquet``: ``row``, the position in the dataset, and one column of raw P(churn)
        for each arm, named after it.
    dataset : Dataset
        The dataset of the run.
    splits : Splits
        Its splits, by the run's own settings.
    profit : ProfitSettings
        Of the run.

    Raises
    ------
    RunError
        When the rows are not the training part of these splits, or a column is not an arm or not complete.
    """
    rows = table[ROW].to_numpy()
    order = np.argsort(rows)
    if not np.array_equal(rows[order], splits.holdout.train):
        raise RunError(
            f"the run kept scores of {len(table)} rows that are not the {len(splits.holdout.train)} of this "
            "training part: it belongs to other data or another split; train again"
        )
    columns = [str(name) for name in table if name != ROW]
    return [
        arm_result(_arm(name), _scores(table, name)[order], dataset.churned, splits.folds, profit)
        for name in columns
    ]


def _arm(name: str) -> Arm:
    sampler, _, classifier = name.partition("+")
    if sampler not in get_args(SamplerName) or classifier not in get_args(ClassifierName):
        raise RunError(f"the column {name!r} of the out-of-fold scores is not an arm; train again")
    return arm_named(name)


def _scores(table: pd.DataFrame, name: str) -> np.ndarray:
    scores = table[name].to_numpy(dtype="float64")
    missing = int(np.isnan(scores).sum())
    if missing:
        raise RunError(f"{missing} out-of-fold scores of {name} are missing; train again")
    return scores

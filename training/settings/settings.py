"""One frozen settings object, read from YAML and validated by pydantic."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import Field, ValidationError, model_validator

from training.errors import SettingsError
from training.settings.audit import AuditSettings
from training.settings.base import ClassifierName, Frozen, Positive, SamplerName
from training.settings.evaluation import DecisionSettings, EvaluationSettings, ProfitSettings
from training.settings.tuning import TuningSettings

DEFAULT_FILE = Path(__file__).parents[1] / "settings.yaml"

ChampionMetric = Literal["average_precision", "auc", "brier_calibrated"]


class CohortSettings(Frozen):
    """Which observation dates are used, and the window in which leaving counts as churn.

    Attributes
    ----------
    gap_days : int
        Days between the observation date and the start of the window: a campaign needs time.
    horizon_days : int
        Length of the window after the gap, in days.
    count : int
        How many observation dates, counted back from the last one whose window is over.
    every_months : int
        Months between two observation dates.
    dates : tuple of date
        Exact observation dates (00:00 UTC); when given, ``count`` and ``every_months`` are not used.
    """

    gap_days: Annotated[int, Field(ge=0)] = 30
    horizon_days: Positive = 90
    count: Positive = 2
    every_months: Positive = 3
    dates: tuple[date, ...] = ()


class SplitSettings(Frozen):
    """The untouched share, and the folds of the rest.

    Attributes
    ----------
    test_share : float
        Share of the customers that no fit, choice or calibration sees.
    folds : int
        Folds of cross-validation on the remaining customers.
    """

    test_share: Annotated[float, Field(gt=0.0, lt=0.9)] = 0.2
    folds: Annotated[int, Field(ge=2)] = 5


class SegmentSettings(Frozen):
    """How the K-Means segments are made and judged.

    Attributes
    ----------
    k : int
        Number of segments that are kept.
    k_min, k_max : int
        Range over which elbow, silhouette and Calinski-Harabasz are reported.
    silhouette_rows : int
        Silhouette is quadratic in rows; above this many it is taken on a seeded sample of this size.
    """

    k: Annotated[int, Field(ge=2)] = 3
    k_min: Annotated[int, Field(ge=2)] = 2
    k_max: Annotated[int, Field(ge=2)] = 10
    silhouette_rows: Annotated[int, Field(ge=100)] = 2000

    @model_validator(mode="after")
    def _k_in_range(self) -> SegmentSettings:
        if not self.k_min <= self.k <= self.k_max:
            raise ValueError(f"k = {self.k} lies outside k_min..k_max = {self.k_min}..{self.k_max}")
        return self


class ResamplingSettings(Frozen):
    """Where resamplers stop looking at every row.

    Attributes
    ----------
    neighbour_rows : int
        Nearest neighbours are searched among all rows up to this many, and among a seeded sample of this
        size above: their cost grows with the square of the rows.
    """

    neighbour_rows: Annotated[int, Field(ge=1000)] = 40_000


class Settings(Frozen):
    """Everything that decides what a training run does.

    Attributes
    ----------
    seed : int
        Seeds the split, the folds, the samplers, the classifiers and K-Means.
    feature_service : str
        The Feast feature service that is trained on and later served.
    champion_by : str
        Cross-validated metric that chooses the champion.
    cohorts, split, segments, resampling, profit, decision, audit, evaluation, tuning
        See their classes.
    samplers : tuple of str
        Resampling arms; ``none`` trains on the rows as they are.
    classifiers : mapping of str to mapping
        Parameters of every classifier arm, under the names of its library.
    threads : int
        Folds that are fitted side by side, each on one thread.
    """

    seed: Annotated[int, Field(ge=0, lt=2**31)] = 42
    feature_service: str = "churn_v1"
    champion_by: ChampionMetric = "average_precision"
    cohorts: CohortSettings = CohortSettings()
    split: SplitSettings = SplitSettings()
    samplers: Annotated[tuple[SamplerName, ...], Field(min_length=1)]
    classifiers: Annotated[dict[ClassifierName, dict[str, Any]], Field(min_length=1)]
    segments: SegmentSettings = SegmentSettings()
    resampling: ResamplingSettings = ResamplingSettings()
    profit: ProfitSettings = ProfitSettings()
    decision: DecisionSettings = DecisionSettings()
    audit: AuditSettings = AuditSettings()
    evaluation: EvaluationSettings = EvaluationSettings()
    tuning: TuningSettings = TuningSettings()
    threads: Positive = 2


def load_settings(path: Path = DEFAULT_FILE) -> Settings:
    """Read and validate a settings file.

    Parameters
    ----------
    path : Path
        A YAML file with the keys of :class:`Settings`.

    Raises
    ------
    SettingsError
        When the file cannot be read, is not YAML, or a value is unknown or out of range.
    """
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SettingsError(f"{path}: cannot be read as YAML ({error})") from error
    if not isinstance(values, dict):
        raise SettingsError(f"{path}: expected a mapping of settings; see training/README.md")
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        raise SettingsError(f"{path}: {_explain(error)}; see training/README.md") from error


def _explain(error: ValidationError) -> str:
    return "; ".join(
        f"{'.'.join(map(str, item['loc'])) or 'settings'}: {item['msg']}" for item in error.errors()
    )

"""The whole of the settings: one frozen object, read from YAML and validated by pydantic.

The default of every setting stands in ``training/settings.yaml`` and nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, ValidationError

from feature_repo.configuration import read_yaml
from feature_repo.errors import SettingError
from training.errors import SettingsError
from training.settings.audit import AuditSettings
from training.settings.base import ClassifierName, Positive, SamplerName, SettingsBase
from training.settings.cohorts import CohortSettings
from training.settings.decision import DecisionSettings
from training.settings.evaluation import EvaluationSettings
from training.settings.profit import ProfitSettings
from training.settings.resampling import ResamplingSettings
from training.settings.segments import SegmentSettings
from training.settings.split import SplitSettings
from training.settings.tuning import TuningSettings
from training.settings.uplift import UpliftSettings
from training.settings.value import ValueSettings

DEFAULT_FILE = Path(__file__).parents[1] / "settings.yaml"

ChampionMetric = Literal["average_precision", "auc", "brier_calibrated"]


class Settings(SettingsBase):
    """Everything that decides what a training run does.

    Attributes
    ----------
    seed : int
        Seeds the split, the folds, the samplers, the classifiers and K-Means.
    feature_service : str
        The Feast feature service that is trained on and later served.
    champion_by : str
        Cross-validated metric that chooses the champion.
    cohorts, split, segments, resampling, profit, value, decision, uplift, audit, evaluation, tuning
        See their classes, each in the module of that name.
    samplers : tuple of str
        Resampling arms; ``none`` trains on the rows as they are.
    classifiers : mapping of str to mapping
        Parameters of every classifier arm, under the names of its library.
    threads : int
        Folds that are fitted side by side, each on one thread.
    """

    seed: Annotated[int, Field(ge=0, lt=2**31)]
    feature_service: str
    champion_by: ChampionMetric
    cohorts: CohortSettings
    split: SplitSettings
    samplers: Annotated[tuple[SamplerName, ...], Field(min_length=1)]
    classifiers: Annotated[dict[ClassifierName, dict[str, Any]], Field(min_length=1)]
    segments: SegmentSettings
    resampling: ResamplingSettings
    profit: ProfitSettings
    value: ValueSettings
    decision: DecisionSettings
    uplift: UpliftSettings
    audit: AuditSettings
    evaluation: EvaluationSettings
    tuning: TuningSettings
    threads: Positive


def load_settings(path: Path = DEFAULT_FILE) -> Settings:
    """Read and validate a settings file.

    A setting that the file does not name has the default of ``training/settings.yaml``. Lists, ``samplers``
    and ``classifiers`` are values: a file that names one replaces it as a whole.

    Parameters
    ----------
    path : Path
        A YAML file with keys of :class:`Settings`.

    Raises
    ------
    SettingsError
        When the file cannot be read, is not YAML, or a value is unknown or out of range.
    """
    defaults = _read(DEFAULT_FILE)
    settings = _validated(defaults, DEFAULT_FILE)
    if path == DEFAULT_FILE:
        return settings
    return _validated(_merged(Settings, defaults, _read(path)), path)


def _read(path: Path) -> dict[str, Any]:
    try:
        values = read_yaml(path)
    except SettingError as error:
        raise SettingsError(error.message) from error
    if not isinstance(values, dict):
        raise SettingsError(f"{path}: expected a mapping of settings; see training/README.md")
    return values


def _merged(model: type[BaseModel], defaults: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """The defaults with these values over them, section by section."""
    merged = {**defaults, **values}
    for name, field in model.model_fields.items():
        section = field.annotation
        if isinstance(section, type) and issubclass(section, BaseModel) and isinstance(merged[name], dict):
            merged[name] = _merged(section, defaults[name], merged[name])
    return merged


def _validated(values: Mapping[str, Any], path: Path) -> Settings:
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        raise SettingsError(f"{path}: {wrong_settings(error, 'settings')}; see training/README.md") from error


def wrong_settings(error: ValidationError, subject: str) -> str:
    """Every wrong setting with its reason; ``subject`` stands for a setting where they are wrong together."""
    return "; ".join(
        f"{'.'.join(map(str, item['loc'])) or subject}: {item['msg']}" for item in error.errors()
    )

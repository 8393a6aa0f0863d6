"""The settings of serving: one frozen object, read from YAML and validated."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import SchemaError

from feature_repo.configuration import read_yaml
from feature_repo.errors import SettingError
from serving.errors import SettingsError

SETTINGS_ENV = "STAYLINE_SERVING_SETTINGS"
DEFAULT_FILE = Path(__file__).with_name("settings.yaml")


class Bands(BaseModel):
    """Where the risk bands begin: below `medium` is low, from `medium` on medium, from `high` on high."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    medium: float = Field(gt=0, lt=1, description="lowest probability of band medium")
    high: float = Field(gt=0, lt=1, description="lowest probability of band high")

    @model_validator(mode="after")
    def _ordered(self) -> Bands:
        if self.medium >= self.high:
            raise ValueError("medium must be below high")
        return self


class Promotion(BaseModel):
    """How much worse than the champion a model may be and still take its place without force."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    metric: Literal["auc", "average_precision", "lift_top_decile", "brier", "profit_per_customer"] = Field(
        description="figure on the untouched part by which a model is compared with the champion"
    )
    tolerance: float = Field(
        ge=0, allow_inf_nan=False, description="tolerated loss, in the metric's own unit"
    )


class CampaignSettings(BaseModel):
    """What holds for all campaigns."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    control_share: float = Field(
        ge=0, le=0.5, description="share of the customers who are never offered anything"
    )
    control_key: str = Field(min_length=1, max_length=40, description="another key draws other customers")
    days: int = Field(ge=1, le=3_650, description="how long a campaign runs, its hold-out kept apart")
    window_days: int = Field(ge=1, le=3_650, description="days from a campaign's first that it is judged by")
    fall: float = Field(gt=0, le=1, description="relative fall of churn that planning says the power for")


class Settings(BaseModel):
    """Every setting of serving. The defaults are in ``settings.yaml`` only."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    bands: Bands | None = Field(description="where the bands begin; null: at the model's own threshold")
    playbook_file: str = Field(min_length=1, description="the playbook; STAYLINE_PLAYBOOK goes before it")
    protected_attributes: tuple[str, ...] = Field(description="features that no rule of a playbook may name")
    suppressed_file: str = Field(
        min_length=1, description="Parquet file of the suppressed; STAYLINE_SUPPRESSED goes before it"
    )
    refuse_expired: bool = Field(description="answer 409 instead of a score when a feature view is expired")
    max_unknown_share: float = Field(
        ge=0,
        le=1,
        description="largest share of the model's weight that may be missing or expired in a score",
    )
    max_customer_ids: int = Field(ge=1, le=10_000, description="most customerIDs in one /score_many")
    max_explained_customers: int = Field(ge=1, le=10_000, description="most customerIDs told with reasons")
    customer_id_max_length: int = Field(ge=1, le=1_000, description="longest customerID, in characters")
    customer_id_pattern: str = Field(description="regular expression that a whole customerID must match")
    max_body_bytes: int = Field(ge=1_024, description="longest request body")
    store_timeout_seconds: float = Field(gt=0, le=60, description="patience with the online store")
    read_timeout_seconds: float = Field(gt=0, le=60, description="time for reading and scoring together")
    workers: int = Field(ge=1, le=64, description="processes of one server")
    threads: int = Field(ge=1, le=64, description="requests one worker reads and scores at a time")
    require_api_key: bool = Field(description="refuse requests without an API key, as a keys file does too")
    api_keys_file: Path | None = Field(description="file of API keys; STAYLINE_API_KEYS goes before it")
    max_concurrency: int = Field(ge=1, le=10_000, description="requests one worker has in hand at a time")
    max_awaited_bodies: int = Field(ge=1, le=100_000, description="requests whose body one worker awaits")
    max_header_bytes: int = Field(ge=1_024, le=1_048_576, description="longest request line and headers")
    request_timeout_seconds: float = Field(gt=0, le=600, description="time from a request to its answer")
    drain_seconds: float = Field(
        ge=0,
        le=600,
        description="time from not being ready to the end; with 0 a connection that comes then may be reset",
    )
    registry_poll_seconds: float = Field(gt=0, le=60, description="how often the registry is looked at")
    shadow_queue: int = Field(ge=1, le=1_000_000, description="most customers waiting to be shadowed")
    as_of: AwareDatetime | None = Field(description="moment from which ages of features count; now if null")
    scores_file: str = Field(min_length=1, description="Parquet file of the latest batch scoring")
    max_scores_age_days: float = Field(gt=0, le=3_650, description="age from which that file is not current")
    promotion: Promotion
    campaigns: CampaignSettings

    @field_validator("customer_id_pattern")
    @classmethod
    def _compiles(cls, pattern: str) -> str:
        try:
            TypeAdapter(Annotated[str, Field(pattern=whole(pattern))])  # pydantic's own dialect
        except SchemaError as error:
            raise ValueError(f"not a regular expression: {' '.join(str(error).split())}") from error
        return pattern

    @field_validator("api_keys_file")
    @classmethod
    def _absolute(cls, path: Path | None) -> Path | None:
        if path is not None and not path.is_absolute():
            raise ValueError("must be an absolute path")
        return path

    @model_validator(mode="after")
    def _long_enough(self) -> Settings:
        needed = self.max_customer_ids * (self.customer_id_max_length + 4) + 100
        if self.max_body_bytes < needed:
            raise ValueError(f"max_body_bytes must be at least {needed} for so many and so long customerIDs")
        return self


def whole(pattern: str) -> str:
    """Return a regular expression that matches a text only as a whole."""
    return f"^(?:{pattern})$"


def load_settings(path: Path | None = None) -> Settings:
    """Read the settings.

    Parameters
    ----------
    path : Path, optional
        By default the file that STAYLINE_SERVING_SETTINGS names, or else ``serving/settings.yaml``.

    Raises
    ------
    SettingsError
        If there is no such file, it is not YAML, or a setting is missing, unknown or out of range.
    """
    source = path or Path(os.environ.get(SETTINGS_ENV) or DEFAULT_FILE)
    try:
        content: Any = read_yaml(source)
    except SettingError as error:
        raise SettingsError(f"settings file {error.message}; see docs/operations.md") from error
    try:
        return Settings.model_validate(content)
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(map(str, e['loc'])) or 'the whole'}: {e['msg']}" for e in error.errors()
        )
        raise SettingsError(f"settings file {source}: {wrong}; see docs/operations.md") from error

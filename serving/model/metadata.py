"""What a registered model says about its own making."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from serving.errors import FormatError

Text = Annotated[str, Field(min_length=1)]


class Arm(BaseModel):
    """The sampler and the classifier that were fitted."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sampler: Text
    classifier: Text


class ModelMetadata(BaseModel):
    """Where a model comes from: written by training, read by serving, the same checks both times."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    base: Text = Field(description="the lake's base; a model serves customers of no other")
    dataset_fingerprint: Text
    feature_service: Text
    feature_service_fingerprint: Text
    observation_dates: tuple[Text, ...] = Field(min_length=1, description="ISO dates, UTC")
    gap_days: int = Field(ge=0)
    horizon_days: int = Field(gt=0)
    arm: Arm
    metrics: dict[str, JsonValue] = Field(description="any JSON, without NaN")
    rows: int = Field(gt=0, description="rows of the training set")
    seed: int
    library_versions: dict[str, str]

    @classmethod
    def parse_mapping(cls, content: Mapping[str, Any]) -> ModelMetadata:
        """Check a mapping. Raises FormatError naming every field that does not fit."""
        try:
            return cls.model_validate(dict(content))
        except ValidationError as error:
            wrong = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
            raise FormatError(
                f"the model's metadata is not valid ({wrong}); register the model again"
            ) from error

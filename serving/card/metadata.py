"""The metadata of a registered model: how it was made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field, JsonValue, ValidationError

from serving.card.card import ModelCard
from serving.card.field_types import Moment, StrictModel, Text
from serving.card.thresholds import Thresholds
from serving.errors import FormatError


class Arm(StrictModel):
    """The sampler and the classifier that were fitted."""

    sampler: Text
    classifier: Text


class Provenance(StrictModel):
    """Which state of the code the model comes from, and who registered it when."""

    git_commit: Text = Field(description="or `unknown` where the code lies in no repository of its own")
    git_changed: bool | None = Field(description="whether files differed from the commit; null: not known")
    registered_by: Text
    registered_at: Moment


class ModelMetadata(StrictModel):
    """Where a model comes from. Training writes it and serving reads it, with the same checks."""

    card: ModelCard
    thresholds: Thresholds
    dataset_fingerprint: Text
    feature_service: Text
    feature_service_fingerprint: Text
    arm: Arm
    metrics: dict[str, JsonValue] = Field(description="any JSON, without NaN")
    seed: int
    library_versions: dict[str, str]
    provenance: Provenance

    @property
    def base(self) -> str:
        """The lake's base; a model serves customers of no other."""
        return self.card.data.base

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

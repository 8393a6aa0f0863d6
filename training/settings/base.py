"""What every class of settings shares: its base class, and the names of samplers and classifiers."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

SamplerName = Literal["none", "smote", "adasyn", "smoteenn"]
ClassifierName = Literal["extra_trees", "lightgbm", "xgboost", "random_forest", "logistic_regression"]
Positive = Annotated[int, Field(ge=1)]


class SettingsBase(BaseModel):
    """Settings that cannot be changed once read and that refuse an unknown name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

"""What the settings of every concern are made of."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

SamplerName = Literal["none", "smote", "adasyn", "smoteenn"]
ClassifierName = Literal["extra_trees", "lightgbm", "xgboost", "random_forest", "logistic_regression"]
Positive = Annotated[int, Field(ge=1)]


class Frozen(BaseModel):
    """Settings that cannot be changed once read, and refuse a name they do not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")

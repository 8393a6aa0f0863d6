"""Base class and field types of the requests, from which the OpenAPI document is made."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict


class StrictRequest(BaseModel):
    """A JSON object that refuses unknown fields and values of another JSON type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def as_whole(value: object) -> object:
    """Turn 25.0 into 25, because JSON has one kind of number."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Whole = Annotated[int, BeforeValidator(as_whole)]

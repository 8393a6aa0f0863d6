"""What requests are made from, as pydantic models; OpenAPI is made from them."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict


class StrictRequest(BaseModel):
    """An object of the named fields and no others, each of its own JSON type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def as_whole(value: object) -> object:
    """JSON has one kind of number, and 25.0 is a whole one."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Whole = Annotated[int, BeforeValidator(as_whole)]

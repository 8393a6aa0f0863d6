"""What requests and answers are made from, as pydantic models; OpenAPI is made from them."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


class StrictRequest(BaseModel):
    """An object of the named fields and no others, each of its own JSON type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def as_whole(value: object) -> object:
    """JSON has one kind of number, and 25.0 is a whole one."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Whole = Annotated[int, BeforeValidator(as_whole)]


class Answer(BaseModel):
    """What every answer and every part of one is made from."""

    model_config = ConfigDict(frozen=True, ser_json_inf_nan="constants")  # see finite_json

    @classmethod
    def of(cls, **values: Any) -> Self:
        """Make an answer of values that are right already, in less time than `model_construct` takes.

        Every field must be given: a thousand times in one request, defaults and checks would be most of it.
        """
        answer = cls.__new__(cls)
        for name, value in (
            ("__dict__", values),
            ("__pydantic_fields_set__", set(values)),
            ("__pydantic_extra__", None),
            ("__pydantic_private__", None),
        ):
            object.__setattr__(answer, name, value)
        return answer


TextIfAny = Annotated[str | None, Field(exclude_if=lambda value: value is None)]
"""A text that an answer leaves out where there is none."""

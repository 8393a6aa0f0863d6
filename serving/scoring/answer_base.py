"""What answers are made from, as pydantic models; OpenAPI is made from them."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field


class Answer(BaseModel):
    """What every answer and every part of one is made from."""

    model_config = ConfigDict(frozen=True, ser_json_inf_nan="constants")  # see finite_json

    @classmethod
    def of(cls, **values: Any) -> Self:
        """Make an answer of checked values; the constructor is for values that are to be checked.

        Every field must be given. It takes less time than `model_construct`: a thousand customers in one
        request would spend most of theirs on checks and defaults.
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

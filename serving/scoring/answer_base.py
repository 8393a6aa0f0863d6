"""Base class and field types of the answers, from which the OpenAPI document is made."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field


class Answer(BaseModel):
    """Base class of every answer and of its parts."""

    model_config = ConfigDict(frozen=True, ser_json_inf_nan="constants")  # see finite_json

    @classmethod
    def of(cls, **values: Any) -> Self:
        """Make an answer from valid values, which are not checked; the constructor checks them.

        Every field must be given. This is faster than `model_construct`: with a thousand customers in one
        request, checks and defaults would take most of the time.
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
"""A text that is left out of the answer if it is None."""

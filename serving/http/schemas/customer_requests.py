"""Requests about customers, within the limits of the settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    create_model,
)
from pydantic_core import PydanticCustomError

from serving.errors import MalformedRequest
from serving.http.schemas.request_base import StrictRequest, Whole
from serving.language.catalogue import LanguageCode
from serving.settings import Settings, whole

MOST_REASONS = 20
MOST_CHANGES = 20
MAX_TEXT = 100
"""Longest feature name or value in a what-if, in characters."""


class _Explained(StrictRequest):
    reasons: Whole = Field(default=0, ge=0, le=MOST_REASONS, description="how many reasons to tell")
    language: LanguageCode = Field(default="en", description="of the reasons and of the decision")


def _one_error(value: object, check: ValidatorFunctionWrapHandler) -> object:
    """Replace pydantic's three errors (text, whole number, number) by one sentence."""
    try:
        return check(value)
    except ValidationError as error:
        message = "Input should be a text of at most {most} characters, or a finite number"
        raise PydanticCustomError("new_value", message, {"most": MAX_TEXT}) from error


_FeatureName = Annotated[str, StringConstraints(min_length=1, max_length=MAX_TEXT)]
_NewValue = Annotated[
    Annotated[str, StringConstraints(max_length=MAX_TEXT)]
    | Annotated[int, Field(ge=-(10**15), le=10**15)]
    | Annotated[float, Field(allow_inf_nan=False)],
    WrapValidator(_one_error),
]


class _Changes(StrictRequest):
    changes: dict[_FeatureName, _NewValue] = Field(
        max_length=MOST_CHANGES, description="feature to new value"
    )
    language: LanguageCode = Field(default="en", description="of the note and of a rule")


def score_request(settings: Settings) -> type[BaseModel]:
    """Model of the body of ``/score``, with the limits of the settings."""
    values = Field(default=False, description="whether to tell the values of the features")
    return create_model(
        "ScoreRequest", __base__=_Explained, customerID=(_customer_id(settings), ...), values=(bool, values)
    )


def score_many_request(settings: Settings) -> type[BaseModel]:
    """Model of the body of ``/score_many``, with the limits of the settings.

    Each customerID is any text here; `malformed_ids` finds those that none can be.
    """
    rule = f"1 to {settings.customer_id_max_length} characters that match {settings.customer_id_pattern}"
    several: Any = Annotated[
        list[str],
        Field(
            min_length=1,
            max_length=settings.max_customer_ids,
            description=f"each of {rule}; one that is not has an error as its result",
        ),
    ]
    return create_model("ScoreManyRequest", __base__=_Explained, customerIDs=(several, ...))


def malformed_ids(settings: Settings) -> Callable[[Sequence[str]], Mapping[int, MalformedRequest]]:
    """A function from customerIDs to the errors of those that no customer can have, by position."""
    well_formed: Any = list[_customer_id(settings)]  # type: ignore[misc]  # a type made of settings
    every: TypeAdapter[list[str]] = TypeAdapter(well_formed)

    def errors(customer_ids: Sequence[str]) -> Mapping[int, MalformedRequest]:
        try:
            every.validate_python(customer_ids)
        except ValidationError as error:
            found = error.errors(include_url=False, include_input=False)
            return {int(each["loc"][0]): _malformed(each["loc"][0], each["msg"]) for each in found}
        return {}

    return errors


def _malformed(position: int | str, reason: str) -> MalformedRequest:
    field = f"customerIDs.{position}"
    return MalformedRequest(f"{field}: {reason}", field)


def what_if_request(settings: Settings) -> type[BaseModel]:
    """Model of the body of ``/what_if``, with the limits of the settings."""
    return create_model("WhatIfRequest", __base__=_Changes, customerID=(_customer_id(settings), ...))


def _customer_id(settings: Settings) -> Any:
    constraints = StringConstraints(
        strict=True,
        min_length=1,
        max_length=settings.customer_id_max_length,
        pattern=whole(settings.customer_id_pattern),
    )
    return Annotated[str, constraints]

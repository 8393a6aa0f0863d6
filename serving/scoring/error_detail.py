"""What an answer says about an error, and the error codes."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from serving.scoring.answer_base import Answer, TextIfAny

ErrorCode = Literal[
    "malformed_request",
    "body_too_large",
    "impossible_change",
    "request_timeout",
    "unauthorized",
    "too_busy",
    "unknown_path",
    "wrong_method",
    "unknown_customer",
    "no_scores",
    "expired_features",
    "too_little_known",
    "unusable_features",
    "store_unavailable",
    "not_ready",
    "timeout",
    "internal_error",
]


class ErrorDetail(Answer):
    """What went wrong, for the one who can act on it."""

    code: ErrorCode
    message: str
    field: TextIfAny = Field(default=None, description="the part of the request that is wrong")
    customerID: TextIfAny = None
    request_id: TextIfAny = None

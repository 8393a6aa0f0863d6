"""The code of each error, and what an answer says about it."""

from __future__ import annotations

from serving.errors import (
    AnswerError,
    BodyTooLarge,
    CustomerError,
    EncodingError,
    ExpiredFeatures,
    ImpossibleChange,
    MalformedRequest,
    ModelError,
    NoScores,
    NotReady,
    RequestOverdue,
    RequestTimeout,
    ScoreError,
    StoreError,
    TooBusy,
    TooLittleKnown,
    Unauthorized,
    UnknownCustomer,
    UnknownPath,
    WrongMethod,
)
from serving.scoring.error_detail import ErrorCode, ErrorDetail

_CODES: dict[type[Exception], ErrorCode] = {
    MalformedRequest: "malformed_request",
    Unauthorized: "unauthorized",
    UnknownPath: "unknown_path",
    UnknownCustomer: "unknown_customer",
    NoScores: "no_scores",
    WrongMethod: "wrong_method",
    RequestTimeout: "request_timeout",
    ExpiredFeatures: "expired_features",
    TooLittleKnown: "too_little_known",
    BodyTooLarge: "body_too_large",
    ImpossibleChange: "impossible_change",
    TooBusy: "too_busy",
    AnswerError: "internal_error",
    EncodingError: "unusable_features",
    ScoreError: "unusable_features",
    StoreError: "store_unavailable",
    NotReady: "not_ready",
    ModelError: "not_ready",
    RequestOverdue: "timeout",
}
_UNFORESEEN_MESSAGE = "something failed inside the service; its log has the request_id and the reason"


def foreseen(error: Exception) -> bool:
    """Whether the error is one that the service raises on purpose."""
    return any(kind in _CODES for kind in type(error).__mro__)


def error_code(error: Exception) -> ErrorCode:
    """The code of an error, for the answer and the log."""
    return next((_CODES[kind] for kind in type(error).__mro__ if kind in _CODES), "internal_error")


def error_detail(error: Exception, request_id: str | None = None) -> ErrorDetail:
    """What an answer says about an error. The text of an unforeseen error is left out."""
    return ErrorDetail(
        code=error_code(error),
        message=str(error) if foreseen(error) else _UNFORESEEN_MESSAGE,
        field=error.field if isinstance(error, MalformedRequest | ImpossibleChange) else None,
        customerID=error.customer_id if isinstance(error, CustomerError) else None,
        request_id=request_id,
    )

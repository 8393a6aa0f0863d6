"""Errors as HTTP answers: the one place that knows which error is which status, and what its body says."""

from __future__ import annotations

import logging
from typing import NamedTuple

from starlette.responses import Response

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
    StoreTimeout,
    TooBusy,
    Unauthorized,
    UnknownCustomer,
    UnknownPath,
    WrongMethod,
)
from serving.http.error_schemas import ErrorAnswer, ErrorCode, ErrorDetail

logger = logging.getLogger("bentoml.stayline")
REQUEST_ID = "X-Request-ID"


class _Meaning(NamedTuple):
    status: int
    code: ErrorCode


_MEANING: dict[type[Exception], _Meaning] = {
    MalformedRequest: _Meaning(400, "malformed_request"),
    Unauthorized: _Meaning(401, "unauthorized"),
    UnknownPath: _Meaning(404, "unknown_path"),
    UnknownCustomer: _Meaning(404, "unknown_customer"),
    NoScores: _Meaning(404, "no_scores"),
    WrongMethod: _Meaning(405, "wrong_method"),
    RequestTimeout: _Meaning(408, "request_timeout"),
    ExpiredFeatures: _Meaning(409, "expired_features"),
    BodyTooLarge: _Meaning(413, "body_too_large"),
    ImpossibleChange: _Meaning(422, "impossible_change"),
    TooBusy: _Meaning(429, "too_busy"),
    AnswerError: _Meaning(500, "internal_error"),
    EncodingError: _Meaning(500, "unusable_features"),
    ScoreError: _Meaning(500, "unusable_features"),
    StoreError: _Meaning(503, "store_unavailable"),
    NotReady: _Meaning(503, "not_ready"),
    ModelError: _Meaning(503, "not_ready"),
    StoreTimeout: _Meaning(504, "timeout"),
    RequestOverdue: _Meaning(504, "timeout"),
}
_AGAIN = frozenset([429, 503, 504])
_OF_VALUES = (EncodingError, ScoreError)
_INTERNAL = _Meaning(500, "internal_error")
_INTERNAL_MESSAGE = "something failed inside the service; its log has the request_id and the reason"


def error_detail(error: Exception, request_id: str | None = None) -> ErrorDetail:
    """What an answer says about an error; an error that was not foreseen keeps its text for the log."""
    meaning = _meaning(error)
    return ErrorDetail(
        code=meaning.code,
        message=_INTERNAL_MESSAGE if meaning is _INTERNAL else str(error),
        field=error.field if isinstance(error, MalformedRequest | ImpossibleChange) else None,
        customerID=error.customer_id if isinstance(error, CustomerError) else None,
        request_id=request_id,
    )


def error_code(error: Exception) -> ErrorCode:
    """The code that stands for an error, in its answer and in the log."""
    return _meaning(error).code


def error_response(error: Exception, request_id: str, told: Exception | None = None) -> Response:
    """Answer with the error's status and an object as its body; server errors are logged.

    `told` stands in the answer in place of the error, where the text of that is for the log alone.
    """
    meaning = _meaning(error)
    if meaning.status >= 500:
        _log(error, meaning, request_id)
    body = ErrorAnswer(error=error_detail(told or error, request_id)).model_dump_json()
    headers = {REQUEST_ID: request_id}
    if meaning.status in _AGAIN:
        headers["Retry-After"] = "1"
    if isinstance(error, WrongMethod):
        headers["Allow"] = error.allowed
    if isinstance(error, Unauthorized):
        headers["WWW-Authenticate"] = 'Bearer realm="stayline"'
    return Response(body, meaning.status, headers, "application/json")


def _log(error: Exception, meaning: _Meaning, request_id: str) -> None:
    """Say what failed, and nothing of the customer: the text of these errors may hold a feature's value."""
    told = type(error).__name__ if isinstance(error, _OF_VALUES) or meaning is _INTERNAL else str(error)
    logger.error(
        "%s: %s: %s",
        request_id,
        meaning.code,
        told,
        exc_info=error if meaning is _INTERNAL else None,
        extra={"fields": {"request_id": request_id, "code": meaning.code}},
    )


def _meaning(error: Exception) -> _Meaning:
    return next((_MEANING[kind] for kind in type(error).__mro__ if kind in _MEANING), _INTERNAL)

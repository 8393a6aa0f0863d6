"""Errors as HTTP answers: the one place that knows which error is which status, and what its body says."""

from __future__ import annotations

import logging
from typing import NamedTuple

from starlette.responses import Response

from serving.errors import (
    BodyTooLarge,
    CustomerError,
    EncodingError,
    ExpiredFeatures,
    ImpossibleChange,
    MalformedRequest,
    NoScores,
    NotReady,
    RequestTimeout,
    ScoreError,
    StoreError,
    UnknownCustomer,
    UnknownPath,
    WrongMethod,
)
from serving.http.schemas import ErrorAnswer, ErrorCode, ErrorDetail

logger = logging.getLogger("bentoml.stayline")
REQUEST_ID = "X-Request-ID"


class _Meaning(NamedTuple):
    status: int
    code: ErrorCode


_MEANING: dict[type[Exception], _Meaning] = {
    MalformedRequest: _Meaning(400, "malformed_request"),
    UnknownPath: _Meaning(404, "unknown_path"),
    UnknownCustomer: _Meaning(404, "unknown_customer"),
    NoScores: _Meaning(404, "no_scores"),
    WrongMethod: _Meaning(405, "wrong_method"),
    RequestTimeout: _Meaning(408, "request_timeout"),
    ExpiredFeatures: _Meaning(409, "expired_features"),
    BodyTooLarge: _Meaning(413, "body_too_large"),
    ImpossibleChange: _Meaning(422, "impossible_change"),
    EncodingError: _Meaning(500, "unusable_features"),
    ScoreError: _Meaning(500, "unusable_features"),
    StoreError: _Meaning(503, "store_unavailable"),
    NotReady: _Meaning(503, "not_ready"),
}
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


def error_response(error: Exception, request_id: str) -> Response:
    """Answer with the error's status and an object as its body; server errors are logged."""
    status = _meaning(error).status
    if status >= 500:
        foreseen = _meaning(error) is not _INTERNAL
        logger.error("%s: %s", request_id, error, exc_info=None if foreseen else error)
    body = ErrorAnswer(error=error_detail(error, request_id)).model_dump_json()
    headers = {REQUEST_ID: request_id}
    if status == 503:
        headers["Retry-After"] = "1"
    if isinstance(error, WrongMethod):
        headers["Allow"] = error.allowed
    return Response(body, status, headers, "application/json")


def _meaning(error: Exception) -> _Meaning:
    return next((_MEANING[kind] for kind in type(error).__mro__ if kind in _MEANING), _INTERNAL)

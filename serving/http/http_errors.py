"""Errors as HTTP responses. Only this module maps error codes to statuses."""

from __future__ import annotations

import logging

from starlette.responses import Response

from serving.errors import EncodingError, ScoreError, Unauthorized, WrongMethod
from serving.http.schemas.error_answer import ErrorAnswer
from serving.scoring.error_codes import error_code, error_detail, foreseen
from serving.scoring.error_detail import ErrorCode

logger = logging.getLogger("bentoml.stayline")
REQUEST_ID = "X-Request-ID"

STATUSES: dict[ErrorCode, int] = {
    "malformed_request": 400,
    "unauthorized": 401,
    "unknown_path": 404,
    "unknown_customer": 404,
    "no_scores": 404,
    "wrong_method": 405,
    "request_timeout": 408,
    "expired_features": 409,
    "too_little_known": 409,
    "body_too_large": 413,
    "impossible_change": 422,
    "too_busy": 429,
    "internal_error": 500,
    "unusable_features": 500,
    "store_unavailable": 503,
    "not_ready": 503,
    "timeout": 504,
}
_AGAIN = frozenset([429, 503, 504])
_OF_VALUES = (EncodingError, ScoreError)


def error_response(error: Exception, request_id: str, instead: Exception | None = None) -> Response:
    """Return a response with the error's status and an object as its body; server errors are logged.

    `instead`, if given, is the error that the body describes; the text of `error` then goes to the log only.
    """
    code = error_code(error)
    status = STATUSES[code]
    if status >= 500:
        _log(error, code, request_id)
    body = ErrorAnswer(error=error_detail(instead or error, request_id)).model_dump_json()
    headers = {REQUEST_ID: request_id}
    if status in _AGAIN:
        headers["Retry-After"] = "1"
    if isinstance(error, WrongMethod):
        headers["Allow"] = error.allowed
    if isinstance(error, Unauthorized):
        headers["WWW-Authenticate"] = 'Bearer realm="stayline"'
    return Response(body, status, headers, "application/json")


def _log(error: Exception, code: ErrorCode, request_id: str) -> None:
    """Log what failed; the text of an error that may hold a customer's values is left out."""
    unforeseen = not foreseen(error)
    text = type(error).__name__ if isinstance(error, _OF_VALUES) or unforeseen else str(error)
    logger.error(
        "%s: %s: %s",
        request_id,
        code,
        text,
        exc_info=error if unforeseen else None,
        extra={"fields": {"request_id": request_id, "code": code}},
    )

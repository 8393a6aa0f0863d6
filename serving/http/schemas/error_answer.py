"""The body of every answer that is an error."""

from __future__ import annotations

from serving.scoring.answer_base import Answer
from serving.scoring.error_detail import ErrorDetail


class ErrorAnswer(Answer):
    """The body of every answer that is not 200."""

    error: ErrorDetail

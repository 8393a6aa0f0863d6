"""Answers as JSON text: the one place that writes them, and that lets no NaN and no infinity out."""

from __future__ import annotations

import json
from typing import NoReturn

from pydantic import BaseModel

from serving.errors import AnswerError


def finite_json(answer: BaseModel) -> str:
    """Write an answer whose models write numbers that are not finite as constants, as `Answer` does.

    Raises
    ------
    AnswerError
        If a number in it is NaN or infinite.
    """
    text = answer.model_dump_json()
    if "NaN" in text or "Infinity" in text:  # in a name perhaps: only then is it worth a look
        json.loads(text, parse_constant=_refuse)
    return text


def _refuse(constant: str) -> NoReturn:
    raise AnswerError(f"the answer would hold a number that is {constant}; look at the model and the store")

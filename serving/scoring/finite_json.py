"""Answers as JSON text, without NaN and infinity."""

from __future__ import annotations

import json
from typing import NoReturn

from pydantic import BaseModel

from serving.errors import AnswerError


def finite_json(answer: BaseModel) -> str:
    """Write an answer as JSON. Its models must write NaN and infinity as constants, as `Answer` does.

    Raises
    ------
    AnswerError
        If a number in it is NaN or infinite.
    """
    text = answer.model_dump_json()
    if "NaN" in text or "Infinity" in text:  # perhaps only in a name: parse to find out
        json.loads(text, parse_constant=_refuse)
    return text


def _refuse(constant: str) -> NoReturn:
    raise AnswerError(f"the answer would hold a number that is {constant}; look at the model and the store")

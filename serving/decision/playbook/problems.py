"""What is wrong in a playbook: the line, the key, the value and the cure, each in one line."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from serving.decision.playbook.yaml_lines import Lines, Place, line_of
from serving.errors import PlaybookError

_SHOWN = 60
_CURES = {
    "missing": "write it",
    "extra_forbidden": "remove it, or correct its name; docs/decisions.md lists the keys",
    "float_type": "write a number, such as 10",
    "float_parsing": "write a number, such as 10",
    "finite_number": "write a number, such as 10",
    "int_type": "write a whole number, such as 2",
    "int_parsing": "write a whole number, such as 2",
    "int_from_float": "write a whole number, such as 2",
    "bool_type": "write true or false",
    "bool_parsing": "write true or false",
    "string_type": "write a text",
    "dict_type": "write keys with values below it",
    "model_type": "write keys with values below it",
    "tuple_type": "write a list, such as [email, sms]",
    "too_short": "write at least one, or remove the key",
    "string_pattern_mismatch": "write a name of small letters, digits and _, such as spring_discount",
    "date_type": "write a day such as 2026-12-31",
    "date_parsing": "write a day such as 2026-12-31",
    "date_from_datetime_parsing": "write a day such as 2026-12-31",
    "date_from_datetime_inexact": "write a day without a time, such as 2026-12-31",
}
_OTHERWISE = "see docs/decisions.md"


class Problem(NamedTuple):
    """One thing that is wrong. `value` is None where the key itself is what is wrong."""

    place: Place
    value: Any
    what: str
    cure: str


def refused(path: Path, lines: Lines, problems: Iterable[Problem]) -> PlaybookError:
    """The error of a playbook, with one line for each problem in the order of the file."""
    ordered = sorted(
        (line_of(lines, problem.place), position, problem) for position, problem in enumerate(problems)
    )
    return PlaybookError("\n".join(f"{path} line {line}: {_sentence(each)}" for line, _, each in ordered))


def problems_of(error: ValidationError, lines: Lines) -> list[Problem]:
    """What pydantic found, one problem a place."""
    found: dict[Place, Problem] = {}
    for each in error.errors(include_url=False):
        problem = _problem(each, lines)
        found.setdefault(problem.place, problem)
    return list(found.values())


def _problem(error: ErrorDetails, lines: Lines) -> Problem:
    kind, place = error["type"], _written(error["loc"], lines)
    if kind == "missing":
        return Problem((*place, error["loc"][-1]), None, "is missing", _CURES[kind])
    if kind == "extra_forbidden":
        return Problem(place, None, "is no key of a playbook", _CURES[kind])
    if kind == "value_error":
        what, _, cure = str(error["ctx"]["error"]).partition("; ")
        return Problem(place, None, what, cure or _OTHERWISE)
    if kind in ("literal_error", "union_tag_invalid"):
        return Problem(place, error["input"], "is not known", f"write one of {error['ctx']['expected']}")
    what = error["msg"].replace("Input should", "should").replace("Value", "")
    return Problem(place, error["input"], what[:1].lower() + what[1:], _CURES.get(kind, _OTHERWISE))


def _written(place: tuple[int | str, ...], lines: Lines) -> Place:
    """The longest part of a place that is written; pydantic adds names of its own types behind it."""
    while place and place not in lines:
        place = place[:-1]
    return place


def _sentence(problem: Problem) -> str:
    key = ".".join(map(str, problem.place)) or "the whole"
    value = "" if problem.value is None else f" {_shown(problem.value)}"
    return f"{key}:{value} {problem.what}; {problem.cure}"


def _shown(value: Any) -> str:
    shown = repr(value) if isinstance(value, str) else str(value)
    return shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"

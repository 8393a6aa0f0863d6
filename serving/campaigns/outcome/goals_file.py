"""The goals of retention, as `serving/goals.yaml` writes them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from serving.decision.playbook.yaml_lines import Lines, Place, content_and_lines, line_of
from serving.errors import GoalsError
from serving.language.catalogue import LANGUAGES, LanguageCode

DEFAULT_FILE = Path(__file__).parents[2] / "goals.yaml"
Measured = Literal["measured"]
Share = Annotated[float, Field(gt=0, lt=1)]
_SEE = "see docs/campaigns.md"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class _Goal(_Strict):
    """What every goal has: its name by language, its target, and the length of its window in days."""

    name: dict[LanguageCode, str] = Field(min_length=len(LANGUAGES))
    target: float = Field(gt=0, le=10)
    window_days: int = Field(ge=1, le=3_650)


class ChurnFall(_Goal):
    """Relative fall of the share of all customers who leave of their own will within a window."""

    metric: Literal["churn_fall"]
    baseline: Measured | Share


class KeptShare(_Goal):
    """Share kept of those who were offered something, in some segments."""

    metric: Literal["kept_share"]
    segments: Literal["vulnerable", "all"] | Annotated[tuple[str, ...], Field(min_length=1)]


class KeptGain(_Goal):
    """Relative gain of the share kept, of those offered against those held out of some offers."""

    metric: Literal["kept_gain"]
    offers: tuple[str, ...] = Field(min_length=1)


class ResponseGain(_Goal):
    """Relative gain of the share of the contacted who accepted, against former campaigns."""

    metric: Literal["response_gain"]
    baseline: Measured | Share


class SatisfactionGain(_Goal):
    """Relative gain of the mean score of surveys."""

    metric: Literal["satisfaction_gain"]
    baseline: Measured | Annotated[float, Field(gt=0, le=10)]


Goal = Annotated[
    ChurnFall | KeptShare | KeptGain | ResponseGain | SatisfactionGain, Field(discriminator="metric")
]


class Goals(_Strict):
    """All goals by key, and since when they count; None: since the first campaign."""

    since: date | None
    goals: dict[str, Goal] = Field(min_length=1)


def read_goals(path: Path = DEFAULT_FILE) -> Goals:
    """Read the goals.

    Parameters
    ----------
    path : Path

    Raises
    ------
    GoalsError
        The file cannot be read. What is wrong in it has a line each, with its place, key, value and cure.
    """
    try:
        content, lines = content_and_lines(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise GoalsError(f"{path} cannot be read: {error.strerror}; put it there") from error
    except ValueError as error:
        raise GoalsError(f"{path} is no file of goals: {error}") from error
    try:
        return Goals.model_validate(content)
    except ValidationError as error:
        wrong = [_sentence(one, lines) for one in error.errors(include_url=False)]
        raise GoalsError("\n".join(f"{path} {one}" for one in dict.fromkeys(wrong))) from error


def _sentence(error: ErrorDetails, lines: Lines) -> str:
    """Line, key, value, what is wrong, and the cure."""
    place: Place = ()
    for part in error["loc"]:  # pydantic adds names of its own types in between
        place = (*place, part) if (*place, part) in lines else place
    if error["type"] == "missing":
        missing = f"{'.'.join(map(str, (*place, error['loc'][-1])))} is missing; write it"
        return f"line {line_of(lines, place)}: {missing}"
    key = ".".join(map(str, place)) or "the whole"
    value = "" if isinstance(error["input"], dict | list | None) else f" {error['input']!r}"
    what = error["msg"].replace("Input should", "should")
    return f"line {line_of(lines, place)}: {key}{value}: {what[:1].lower() + what[1:]}; {_SEE}"

"""Reads a playbook; each error names the line, the key, the value and the cure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pydantic import ValidationError

from feature_repo.configuration import MOST_BYTES
from serving.decision.playbook.problems import Problem, problems_of, refused
from serving.decision.playbook.schema import NONE, Playbook
from serving.decision.playbook.yaml_lines import Lines, content_and_lines
from serving.errors import PlaybookError


@dataclass(frozen=True, eq=False)
class PlaybookFile:
    """A playbook with the lines of its keys.

    Attributes
    ----------
    path : Path
    content : Playbook
    lines : Lines
    """

    path: Path
    content: Playbook
    lines: Lines

    def refused(self, problems: Iterable[Problem]) -> PlaybookError:
        """The error that names problems of this file."""
        return refused(self.path, self.lines, problems)


def read_playbook(path: Path, today: date) -> PlaybookFile:
    """Read and check a playbook, apart from what only a model can tell.

    Parameters
    ----------
    path : Path
    today : date
        An offer that ended before it is refused.

    Raises
    ------
    PlaybookError
        With one line for each thing that is wrong.
    """
    text = _text(path)
    try:
        content, lines = content_and_lines(text)
    except ValueError as error:
        raise PlaybookError(f"{path} is no playbook: {error}") from error
    try:
        playbook = Playbook.model_validate(content)
    except ValidationError as error:
        raise refused(path, lines, problems_of(error, lines)) from error
    found = list(_problems(playbook, today))
    if found:
        raise refused(path, lines, found)
    return PlaybookFile(path, playbook, lines)


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise PlaybookError(f"playbook {path} has more than {MOST_BYTES:,} bytes; shorten it")
        return content.decode("utf-8")
    except OSError as error:
        raise PlaybookError(f"playbook {path} cannot be read: {error.strerror}; put it there") from error
    except UnicodeDecodeError as error:
        raise PlaybookError(f"playbook {path} is not UTF-8; save it as UTF-8") from error


def _problems(playbook: Playbook, today: date) -> Iterator[Problem]:
    known = ", ".join(playbook.offers)
    for name, offer in playbook.offers.items():
        if name == NONE:
            yield Problem(("offers", name), None, "is the name of the hold-out", "choose another name")
        if offer.valid_until is not None and offer.valid_until < today:
            yield Problem(
                ("offers", name, "valid_until"),
                offer.valid_until,
                f"is over, so offer {name} has expired",
                "give it a later day, or remove the offer",
            )
    for position, name in enumerate(playbook.exploration.offers):
        if name not in playbook.offers:
            place = ("exploration", "offers", position)
            yield Problem(place, name, "is no offer of this playbook", f"write one of {known}")

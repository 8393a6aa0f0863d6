"""The lake's manifest: the base, the last moment it knows of, and the checksum of every table."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from data.errors import LakeDamagedError, LakeMissingError

FORMAT = 1
FILE_NAME = "manifest.json"
_CURE = (
    ". Write the lake again with `python -m data simulate --replace` or `python -m data load FILE --replace`."
)

Kind = Literal["simulated", "history", "snapshot"]
Labels = Literal["events", "given"]


@dataclass(frozen=True)
class Facts:
    """What is known of a base before its first row is written.

    Parameters
    ----------
    base : str
        Name of the base, built from what made it, for example `simulated-7043x36-seed7-20261101`.
    kind : {"simulated", "history", "snapshot"}
        A simulated history, a real one, or one file with one date.
    labels : {"events", "given"}
        Labels follow from `churn_events`, or stand in `labels`.
    data_until : datetime
        UTC; nothing in the lake was learned later. The as-of date of a snapshot.
    tickets : bool
        Whether the base has tickets; otherwise the table `tickets` is empty.
    source : mapping
        Parameters of the simulation, or name and sha256 of the file; plain JSON types.
    """

    base: str
    kind: Kind
    labels: Labels
    data_until: datetime
    tickets: bool
    source: Mapping[str, Any]

    def __post_init__(self) -> None:
        """Refuse a `data_until` that is not in UTC: another machine would read it differently."""
        if self.data_until.utcoffset() != UTC.utcoffset(None):
            raise ValueError(f"data_until must be in UTC, not {self.data_until!r}")


@dataclass(frozen=True)
class TableFacts:
    """Rows and checksum of one table's file."""

    rows: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """A base's facts and, per table, its rows and checksum."""

    facts: Facts
    tables: Mapping[str, TableFacts] = field(default_factory=dict)

    def to_json(self) -> str:
        """Return the manifest's text; the same base gives the same bytes."""
        facts = self.facts
        plain = {
            "format": FORMAT,
            "base": facts.base,
            "kind": facts.kind,
            "labels": facts.labels,
            "data_until": facts.data_until.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "tickets": facts.tickets,
            "source": dict(facts.source),
            "tables": {n: {"rows": t.rows, "sha256": t.sha256} for n, t in self.tables.items()},
        }
        return json.dumps(plain, indent=2, sort_keys=True) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Manifest:
        """Read a manifest's text; ValueError says what is wrong with it."""
        plain = json.loads(text)
        if not isinstance(plain, dict):
            raise ValueError("it is not a JSON object")
        if plain.get("format") != FORMAT:
            raise ValueError(f"its format is {plain.get('format')!r}, this version reads {FORMAT}")
        try:
            tables = {n: TableFacts(int(t["rows"]), str(t["sha256"])) for n, t in plain["tables"].items()}
            return cls(_facts(plain), tables)
        except KeyError as missing:
            raise ValueError(f"it lacks {missing}") from None
        except (TypeError, AttributeError) as wrong:
            raise ValueError(f"an entry has the wrong type ({wrong})") from None


def _facts(plain: Mapping[str, Any]) -> Facts:
    allowed = {
        "kind": ("simulated", "history", "snapshot"),
        "labels": ("events", "given"),
        "tickets": (True, False),
    }
    for key, values in allowed.items():
        if plain[key] not in values:
            raise ValueError(f"{key} is {plain[key]!r}, not one of {values}")
    until = datetime.strptime(plain["data_until"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    source = dict(plain["source"])
    return Facts(str(plain["base"]), plain["kind"], plain["labels"], until, plain["tickets"], source)


def read_manifest(lake: Path) -> Manifest:
    """Read the manifest of the lake in `lake`.

    Raises
    ------
    LakeMissingError
        There is no lake: the folder is absent or empty.
    LakeDamagedError
        The folder holds files but no readable manifest.
    """
    path = lake / FILE_NAME
    try:
        return Manifest.from_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if lake.is_dir() and any(lake.iterdir()):
            raise LakeDamagedError(
                f"{path} is missing, so the tables beside it belong to no base{_CURE}"
            ) from None
        raise LakeMissingError(
            f"There is no lake in {lake}. Write one: `python -m data simulate` or `python -m data load FILE`."
        ) from None
    except (OSError, ValueError) as wrong:
        raise LakeDamagedError(f"{path} cannot be read: {wrong}{_CURE}") from wrong

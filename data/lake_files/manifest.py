"""The lake's manifest: the base, its editions, and the checksums of every table's parts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from data.errors import LakeDamagedError, LakeMissingError
from data.schema import LATER_TABLES

FORMAT = 3
SECOND_FORMAT = 2
"""Each table was one file."""
FIRST_FORMAT = 1
"""As the second, of a base before it could grow: it is read as a base of one edition."""
FILE_NAME = "manifest.json"
_CURE = (
    ". Write the lake again with `python -m data simulate --replace` or `python -m data load FILE --replace`."
)

Kind = Literal["simulated", "history", "snapshot"]
Labels = Literal["events", "given"]
DEFAULT_NAMES: Mapping[Kind, str] = {"simulated": "simulated", "history": "history", "snapshot": "telco"}


@dataclass(frozen=True)
class Facts:
    """What is known of a base before its first row is written.

    Parameters
    ----------
    base : str
        Identity of the base: its name, and what its first edition was made from, for example
        `history-0123456789ab-20261001`. It stays the same in every edition.
    kind : {"simulated", "history", "snapshot"}
        A simulated history, a real one, or one file with one date.
    labels : {"events", "given"}
        Labels follow from `churn_events`, or stand in `labels`.
    data_until : datetime
        UTC; nothing in the lake was learned later. The as-of date of a snapshot.
    tickets : bool
        Whether the base has tickets; otherwise the table `tickets` is empty.
    source : mapping
        What the latest edition was made from: parameters of the simulation, or name and sha256 of the file;
        plain JSON types.
    name : str
        What its owner calls the base; data of another name are not taken for its next edition.
    """

    base: str
    kind: Kind
    labels: Labels
    data_until: datetime
    tickets: bool
    source: Mapping[str, Any]
    name: str

    def __post_init__(self) -> None:
        """Refuse a `data_until` that is not in UTC: another machine would read it differently."""
        if self.data_until.utcoffset() != UTC.utcoffset(None):
            raise ValueError(f"data_until must be in UTC, not {self.data_until!r}")


@dataclass(frozen=True)
class Edition:
    """One load of a base.

    Parameters
    ----------
    data_until : datetime
        UTC; nothing in the edition was learned later.
    source : mapping
        As in `Facts`.
    rows : mapping of str to int
        Rows that it added, by table.
    loaded_by : str or None
        Name of the user; None for a simulation, whose bytes depend on its seed alone.
    """

    data_until: datetime
    source: Mapping[str, Any]
    rows: Mapping[str, int]
    loaded_by: str | None = None

    def to_plain(self) -> dict[str, Any]:
        """Return the edition as JSON values."""
        return {
            "data_until": moment_text(self.data_until),
            "source": dict(self.source),
            "rows": dict(self.rows),
            "loaded_by": self.loaded_by,
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Edition:
        """Read an edition from JSON values."""
        rows = {str(name): int(count) for name, count in plain["rows"].items()}
        return cls(_moment(plain["data_until"]), dict(plain["source"]), rows, plain["loaded_by"])


@dataclass(frozen=True)
class Part:
    """Rows and checksum of one file of a table."""

    rows: int
    sha256: str

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Part:
        """Read a part from JSON values."""
        return cls(int(plain["rows"]), str(plain["sha256"]))


@dataclass(frozen=True)
class TableFacts:
    """The parts of one table, in order."""

    parts: tuple[Part, ...]

    @property
    def rows(self) -> int:
        """Rows of all parts."""
        return sum(part.rows for part in self.parts)


@dataclass(frozen=True)
class Manifest:
    """A base's facts; per table, its parts; its editions, the latest one last; the format it was read in."""

    facts: Facts
    tables: Mapping[str, TableFacts] = field(default_factory=dict)
    editions: tuple[Edition, ...] = ()
    format: int = FORMAT

    @property
    def is_former(self) -> bool:
        """Whether each table is one file, as in the former formats."""
        return self.format < FORMAT

    def to_json(self) -> str:
        """Return the manifest's text; the same base gives the same bytes."""
        facts = self.facts
        plain = {
            "format": FORMAT,
            "base": facts.base,
            "name": facts.name,
            "kind": facts.kind,
            "labels": facts.labels,
            "data_until": moment_text(facts.data_until),
            "tickets": facts.tickets,
            "source": dict(facts.source),
            "tables": {name: [asdict(part) for part in table.parts] for name, table in self.tables.items()},
            "editions": [edition.to_plain() for edition in self.editions],
        }
        return json.dumps(plain, indent=2, sort_keys=True) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Manifest:
        """Read a manifest's text; ValueError says what is wrong with it."""
        plain = json.loads(text)
        if not isinstance(plain, dict):
            raise ValueError("it is not a JSON object")
        layout = plain.get("format")
        if layout not in (FIRST_FORMAT, SECOND_FORMAT, FORMAT):
            raise ValueError(f"its format is {layout!r}, this version reads {FORMAT}")
        try:
            tables = {name: _table(layout, parts) for name, parts in plain["tables"].items()}
            facts = _facts(plain)
            if layout == FIRST_FORMAT:
                return cls(facts, tables, (_only_edition(facts, tables),), layout)
            editions = tuple(Edition.from_plain(edition) for edition in plain["editions"])
            return cls(facts, tables, editions, layout)
        except KeyError as missing:
            raise ValueError(f"it lacks {missing}") from None
        except (TypeError, AttributeError) as wrong:
            raise ValueError(f"an entry has the wrong type ({wrong})") from None


def _table(layout: int, plain: Any) -> TableFacts:
    parts = plain if layout == FORMAT else [plain]
    return TableFacts(tuple(Part.from_plain(part) for part in parts))


def _facts(plain: Mapping[str, Any]) -> Facts:
    allowed = {
        "kind": ("simulated", "history", "snapshot"),
        "labels": ("events", "given"),
        "tickets": (True, False),
    }
    for key, values in allowed.items():
        if plain[key] not in values:
            raise ValueError(f"{key} is {plain[key]!r}, not one of {values}")
    name = DEFAULT_NAMES[plain["kind"]] if plain["format"] == FIRST_FORMAT else str(plain["name"])
    return Facts(
        base=str(plain["base"]),
        kind=plain["kind"],
        labels=plain["labels"],
        data_until=_moment(plain["data_until"]),
        tickets=plain["tickets"],
        source=dict(plain["source"]),
        name=name,
    )


def _only_edition(facts: Facts, tables: Mapping[str, TableFacts]) -> Edition:
    return Edition(facts.data_until, facts.source, {name: table.rows for name, table in tables.items()})


def moment_text(moment: datetime) -> str:
    """Return a moment in UTC as the manifest writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def read_manifest(lake: Path) -> Manifest:
    """Read the manifest of the lake in `lake`; a table that came after it has no part.

    Raises
    ------
    LakeMissingError
        There is no lake: the folder is absent or empty.
    LakeDamagedError
        The folder holds files but no readable manifest.
    """
    path = lake / FILE_NAME
    try:
        manifest = Manifest.from_json(path.read_text(encoding="utf-8"))
        later = {name: TableFacts(()) for name in LATER_TABLES}
        return replace(manifest, tables={**later, **manifest.tables})
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

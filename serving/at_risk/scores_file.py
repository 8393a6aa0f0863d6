"""The Parquet file of the latest batch scoring, as a table in memory that is kept up to date."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from feature_repo.files import FileState, file_state
from serving.errors import NoScores, SettingsError

SCORES_ENV = "STAYLINE_SCORES"
SCHEMA = pa.schema(
    [
        ("customerID", pa.string()),
        ("probability", pa.float64()),
        ("band", pa.string()),
        ("segment_id", pa.int64()),
        ("segment", pa.string()),
        ("contract", pa.string()),
        ("monthly_charges", pa.float64()),
        ("tenure", pa.int64()),
        ("as_of", pa.timestamp("us", tz="UTC")),
        ("model", pa.string()),
        ("left", pa.bool_()),
        ("unknown_share", pa.float64()),
        ("contact", pa.bool_()),
        ("offer", pa.string()),
        ("expected_profit", pa.float64()),
        ("why", pa.string()),
        ("effect", pa.string()),
        ("threshold", pa.float64()),
    ]
)
"""Of a customer of whom too little is known, probability, band, segment and expected profit are null.

`why` is a code of `serving.decision.verdict`; `decision.CODE` in `serving.language` says it.
"""
_OF_THE_RUN = ("as_of", "model")
COLUMNS = tuple(name for name in SCHEMA.names if name not in _OF_THE_RUN)
_REPEATED = ("band", "segment", "contract", "offer", "why", "effect")
_CURE = "run `python -m serving score --all --out {path}`"


@dataclass(frozen=True)
class Scores:
    """The scores of all customers at one date.

    Attributes
    ----------
    table : pyarrow.Table
        The columns COLUMNS, one row per customer; texts that repeat are dictionary-encoded.
    as_of, written : datetime
        The scoring date, and when the file was written; UTC.
    model : str
        Exact tag of the model that scored.
    """

    table: pa.Table
    as_of: datetime
    written: datetime
    model: str


class ScoresFile:
    """Reads the file at the first request, and again after it has changed.

    Parameters
    ----------
    path : Path
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._held: tuple[FileState, Scores] | None = None

    def read(self) -> Scores:
        """The scores of the file as it is now.

        Raises
        ------
        NoScores
            If the file is missing, unreadable or empty, or lacks a column.
        """
        with self._lock:  # one reader at a time: two would hold the table twice
            version = self._version()
            if self._held is None or self._held[0] != version:
                self._held = None  # frees the old table before the new one is read
                self._held = version, self._load(version.modified_ns)
            return self._held[1]

    def _version(self) -> FileState:
        try:
            version = file_state(self._path)
        except OSError as error:
            raise self._none("the list of scores cannot be read") from error
        if version is None:
            raise self._none("nobody has been scored yet")
        return version

    def _load(self, written_ns: int) -> Scores:
        try:
            held = pq.read_schema(self._path)
            if any(column not in held for column in SCHEMA):
                raise self._none("the list of scores lacks columns that this version writes")
            table = pq.read_table(
                self._path,
                columns=SCHEMA.names,
                read_dictionary=[*_REPEATED, "model"],
                page_checksum_verification=True,
            )
            table.validate(full=True)
        except (pa.ArrowException, OSError, UnicodeDecodeError) as error:  # the last: a damaged column name
            raise self._none("the list of scores cannot be read") from error
        if table.num_rows == 0:
            raise self._none("the list of scores is empty")
        return Scores(
            table=_compact(table.select(list(COLUMNS))),
            as_of=table["as_of"][0].as_py(),
            written=datetime.fromtimestamp(written_ns / 1e9, UTC),
            model=table["model"][0].as_py(),
        )

    def _none(self, what: str) -> NoScores:
        return NoScores(f"{what}; {_CURE.format(path=self._path)}")


def scores_path(configured: str) -> Path:
    """Path of the file: `STAYLINE_SCORES`, or else the setting, relative to the repository's root.

    Raises
    ------
    SettingsError
        If the variable holds a relative path.
    """
    named = os.environ.get(SCORES_ENV, "")
    if named and not Path(named).is_absolute():
        raise SettingsError(f"{SCORES_ENV} is {named!r}; give an absolute path")
    return Path(named) if named else Path(__file__).parents[2] / configured


def _compact(table: pa.Table) -> pa.Table:
    for name in _REPEATED:
        if not pa.types.is_dictionary(table.schema.field(name).type):
            column = pc.dictionary_encode(table[name])
            table = table.set_column(table.column_names.index(name), name, column)
    return table.unify_dictionaries().combine_chunks()

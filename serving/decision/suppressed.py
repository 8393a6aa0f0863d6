"""The suppression file: customers whom nobody contacts, or not through a channel, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal, NamedTuple, get_args

import pyarrow as pa
import pyarrow.parquet as pq

from feature_repo.files import private_file, private_place, replacing
from serving.errors import SuppressionError

SuppressedFor = Literal[
    "do_not_contact", "no_consent", "open_complaint", "dunning", "holdout", "cooling_off", "monthly_cap"
]
KINDS: tuple[SuppressedFor, ...] = get_args(SuppressedFor)
"""Of two reasons that a customer has, the first counts."""
SCHEMA = pa.schema(
    [
        pa.field("customerID", pa.string(), nullable=False),
        pa.field("reason", pa.string(), nullable=False),
        ("channel", pa.string()),
        ("until", pa.timestamp("us", tz="UTC")),
    ]
)
"""`channel`: null for every channel. `until`: the row counts before this moment; null for ever."""


class Entry(NamedTuple):
    """One reason why a customer is not contacted.

    Attributes
    ----------
    reason : SuppressedFor
    channel : str or None
        The channel that is closed; None for all.
    until : datetime or None
        UTC; it counts before this moment, None for ever.
    """

    reason: SuppressedFor
    channel: str | None = None
    until: datetime | None = None

    def counts(self, moment: datetime) -> bool:
        """Whether it counts at a moment."""
        return self.until is None or moment < self.until


@dataclass(frozen=True, eq=False)
class Suppressed:
    """The entries of each customer; who is not named is not suppressed."""

    customers: Mapping[str, tuple[Entry, ...]] = field(default_factory=dict)


def read_suppressed(path: Path) -> Suppressed:
    """Read the file; without a file nobody is suppressed.

    Raises
    ------
    SuppressionError
        If it cannot be read, or holds a reason that is not known.
    """
    try:
        table = pq.read_table(path, page_checksum_verification=True)
        table.validate(full=True)
        rows = table.select(SCHEMA.names).cast(SCHEMA)
    except FileNotFoundError:
        return Suppressed()
    except (OSError, pa.ArrowException, KeyError, ValueError) as error:
        raise SuppressionError(
            f"the suppression file {path} cannot be read ({error}); run `python -m serving materialize`"
        ) from error
    strange = sorted(set(rows["reason"].unique().to_pylist()) - set(KINDS))
    if strange:
        raise SuppressionError(
            f"the suppression file {path} has the reason {strange[0]!r}, which is none of {', '.join(KINDS)}"
        )
    return Suppressed(_by_customer(rows))


def write_suppressed(path: Path, rows: pa.Table) -> None:
    """Write the file, as a whole or not at all.

    Parameters
    ----------
    path : Path
    rows : pyarrow.Table
        With the columns of SCHEMA.

    Raises
    ------
    SuppressionError
        If it cannot be written.
    """
    try:
        private_place(path)
        with replacing(path) as beside:
            private_file(beside)
            pq.write_table(rows.cast(SCHEMA), beside, write_page_checksum=True)
    except OSError as error:
        raise SuppressionError(f"the suppression file {path} cannot be written: {error.strerror}") from error


def _by_customer(rows: pa.Table) -> dict[str, tuple[Entry, ...]]:
    """The rows by customer. Equal ones share their entry, as a base may suppress many customers."""
    shared: dict[tuple[Entry, ...], tuple[Entry, ...]] = {}
    found: dict[str, tuple[Entry, ...]] = {}
    for customer, *entry in zip(*(rows[name].to_pylist() for name in SCHEMA.names), strict=True):
        entries = (*found.get(customer, ()), Entry(*entry))
        found[customer] = shared.setdefault(entries, entries)
    return found

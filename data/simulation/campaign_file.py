"""Reading a planned campaign: who is offered what, and who is held out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from data.contracts.bad_rows_error import bad_rows_error
from data.errors import InputError
from data.simulation.planned import Planned
from data.violations import Violation, values_text

NEEDED = ("customerID", "arm", "offer")
CAMPAIGN = "campaign"
PROBABILITY = "probability_of_arm"
OFFERED, HELD_OUT, CONTROL = "offer", "holdout", "control"
ARMS = (OFFERED, HELD_OUT, CONTROL)


def read_campaign(path: Path, offers: Sequence[str]) -> Planned:
    """Read a campaign of `python -m serving campaign plan`, or one with the same columns.

    Parameters
    ----------
    path : Path
        A CSV or Parquet file with the columns customerID, arm (offer, holdout or control), offer, and perhaps
        campaign (one name) and probability_of_arm. Customers of the arm `control` belong to no campaign and
        are left out. Without a column campaign, the file's name is the campaign's, or that of the folder of a
        `customers.parquet`.
    offers : sequence of str
        The offers that the simulation knows; the first is no offer.

    Raises
    ------
    InputError
        The file cannot be read, lacks a column, is empty, or names two campaigns.
    BadRowsError
        Rows of it cannot be used.
    """
    frame = _read(path)
    missing = [name for name in NEEDED if name not in frame]
    if missing:
        raise InputError(
            f"{path} lacks {', '.join(missing)}; a campaign has the columns {', '.join(NEEDED)}."
        )
    name = _name(path, frame)
    violations = list(_violations(frame, offers))
    if violations:
        raise bad_rows_error(path, violations)
    drawn = frame[frame["arm"] != CONTROL]
    made = drawn["offer"].where(drawn["arm"] == OFFERED, offers[0])
    return Planned(
        name,
        pa.array(drawn["customerID"], pa.string()),
        pd.Index(list(offers)).get_indexer(pd.Index(made)).astype(np.int8),
        drawn[PROBABILITY].to_numpy(dtype=float) if PROBABILITY in drawn else np.full(len(drawn), np.nan),
    )


def _name(path: Path, frame: pd.DataFrame) -> str:
    if CAMPAIGN not in frame:
        return path.absolute().parent.name if path.name == "customers.parquet" else path.stem
    names = frame[CAMPAIGN].unique()
    if len(names) != 1:
        raise InputError(f"{path} names {len(names)} campaigns ({values_text(names[:5])}); name one.")
    return str(names[0])


def _read(path: Path) -> pd.DataFrame:
    try:
        if path.suffix == ".parquet":
            return pd.read_parquet(path)
        return pd.read_csv(path, dtype={name: str for name in NEEDED}, keep_default_na=False)
    except FileNotFoundError:
        raise InputError(f"There is no file {path}.") from None
    except (OSError, ValueError, pa.ArrowException) as wrong:
        raise InputError(f"{path} cannot be read as a campaign: {wrong}.") from wrong


def _violations(frame: pd.DataFrame, offers: Sequence[str]) -> Iterator[Violation]:
    """Name every value that cannot be used; line 1 is the header."""
    offered = frame["arm"] == OFFERED
    yield from _broken(frame, "arm", ~frame["arm"].isin(ARMS), f"one of {', '.join(ARMS)}")
    unknown = offered & ~frame["offer"].isin(offers[1:])
    yield from _broken(frame, "offer", unknown, f"one of {', '.join(offers[1:])} in the arm {OFFERED}")
    twice = frame["customerID"].duplicated()
    yield from _broken(frame, "customerID", twice, "stands once; it stands on an earlier line already")
    if PROBABILITY in frame:
        chance = pd.to_numeric(frame[PROBABILITY], errors="coerce")
        wrong = ~((chance > 0) & (chance <= 1)) & (frame["arm"] != CONTROL)
        yield from _broken(frame, PROBABILITY, wrong, "a number above 0 and at most 1")


def _broken(frame: pd.DataFrame, column: str, wrong: Any, rule: str) -> Iterator[Violation]:
    for place in np.flatnonzero(wrong):
        line = int(place) + 2
        yield Violation(f"line {line}", column, values_text([frame[column].iloc[place]]), rule, line)

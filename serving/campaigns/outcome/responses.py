"""A file of responses, for a campaign whose contacts the lake does not hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow as pa

from serving.campaigns.campaign_files import Campaign
from serving.campaigns.outcome.observed import ANSWERS
from serving.errors import CampaignError

COLUMNS = ("customerID", "date", "outcome")
_TOLD = 10
"""Most lines that an error names."""


def read_responses(path: Path, campaign: Campaign, others: Mapping[str, str]) -> pd.DataFrame:
    """Read a file of responses: one line per customer, `date` as in 2026-01-31.

    Parameters
    ----------
    path : Path
        It ends in ``.csv`` or ``.parquet``.
    campaign : Campaign
    others : mapping of str to str
        Customers of other campaigns, and the campaign's name.

    Returns
    -------
    DataFrame
        With `customerID`, `event_timestamp` (UTC) and `outcome`.

    Raises
    ------
    CampaignError
        The file cannot be read, or a line is wrong; the first ten are named. The first line of a CSV is its
        header, line 1; the rows of a Parquet file count from 1.
    """
    rows = _read(path)
    first = 2 if path.suffix == ".csv" else 1
    planned = set(campaign.customers["customerID"].to_pylist())
    wrong = list(_wrong(rows, first, planned, campaign.plan.starts, others))
    if wrong:
        more = f"; and {len(wrong) - _TOLD:,} more" if len(wrong) > _TOLD else ""
        raise CampaignError(f"--responses {path}: {'; '.join(wrong[:_TOLD])}{more}; correct the file")
    moments = pd.to_datetime(rows["date"], utc=True).astype("datetime64[us, UTC]")
    return rows[["customerID", "outcome"]].assign(event_timestamp=moments)


def _read(path: Path) -> pd.DataFrame:
    if path.suffix not in (".csv", ".parquet"):
        raise CampaignError(f"--responses {path}: give a file that ends in .csv or .parquet")
    try:
        rows = pd.read_csv(path, dtype=str) if path.suffix == ".csv" else pd.read_parquet(path)
    except (OSError, ValueError, pa.ArrowException) as error:
        raise CampaignError(f"--responses {path} cannot be read: {' '.join(str(error).split())}") from error
    missing = [name for name in COLUMNS if name not in rows]
    if missing:
        raise CampaignError(f"--responses {path} lacks the column {', '.join(missing)}")
    return rows[list(COLUMNS)].astype(str)


def _wrong(
    rows: pd.DataFrame, first: int, planned: set[str], starts: date, others: Mapping[str, str]
) -> Iterator[str]:
    seen: dict[str, int] = {}
    for line, (customer, day, outcome) in enumerate(rows.itertuples(index=False, name=None), start=first):
        problem = _of_customer(customer, planned, seen, others) or _of_answer(day, outcome, starts)
        seen.setdefault(customer, line)
        if problem:
            yield f"line {line}: {problem}"


def _of_customer(
    customer: str, planned: set[str], seen: Mapping[str, int], others: Mapping[str, str]
) -> str | None:
    if customer in seen:
        return f"customer {customer} stands in line {seen[customer]} already"
    if customer in planned:
        return None
    where = f"; it is of campaign {others[customer]}" if customer in others else ""
    return f"customer {customer} is not of this campaign{where}"


def _of_answer(day: str, outcome: str, starts: date) -> str | None:
    try:
        answered = date.fromisoformat(day[:10])
    except ValueError:
        return f"date {day!r}: write it as in 2026-01-31"
    if answered < starts:
        return f"date {day} is before the campaign's first day, {starts}"
    if outcome not in ANSWERS:
        return f"outcome {outcome!r}: give one of {', '.join(ANSWERS)}"
    return None

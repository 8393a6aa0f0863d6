"""Whom to suppress: by the consent and the contacts in the lake, and by the hold-outs of campaigns."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from serving.decision.places import campaigns_path, playbook_path, suppressed_path
from serving.decision.playbook.reading import read_playbook
from serving.decision.playbook.schema import Caps
from serving.decision.suppressed import SCHEMA, write_suppressed
from serving.errors import SuppressionError
from serving.features.lake import open_lake, rows_known
from serving.settings import Settings

_EVERY_CHANNEL = "all"
_NOT_REACHED = "not reached"


def renew_suppressed(settings: Settings, as_of: datetime) -> int:
    """Write the suppression file from the lake and the campaigns.

    Parameters
    ----------
    settings : Settings
    as_of : datetime
        UTC; only what was known then counts.

    Returns
    -------
    int
        How many customers are suppressed, wholly or through a channel.

    Raises
    ------
    PlaybookError
        If the playbook cannot be used, which holds the caps.
    OfflineError, SuppressionError, SettingsError
        If something cannot be read, or the file cannot be written.
    """
    caps = read_playbook(playbook_path(settings), as_of.date()).content.caps
    rows = rows_to_suppress(open_lake()[0], as_of, caps, campaigns_path())
    write_suppressed(suppressed_path(settings), rows)
    return len(rows["customerID"].unique())


def rows_to_suppress(lake: Path, as_of: datetime, caps: Caps, campaigns: Path) -> pa.Table:
    """The rows of the suppression file.

    Parameters
    ----------
    lake : Path
        Its tables `consent` and `contacts` are read if they are there.
    as_of : datetime
        UTC; only what was known then counts.
    caps : Caps
        Of the playbook.
    campaigns : Path
        Folder of campaigns; that of each holds ``customers.parquet``, and ``plan.json`` with the day it ends.

    Returns
    -------
    pyarrow.Table
        With the columns of `serving.decision.suppressed.SCHEMA`, sorted.

    Raises
    ------
    OfflineError
        If a table of the lake cannot be read.
    SuppressionError
        If a campaign cannot be read.
    """
    parts = [_without_consent(lake, as_of), *_by_caps(lake, as_of, caps), *_held_out(campaigns, as_of)]
    rows = pa.concat_tables([SCHEMA.empty_table(), *map(_as_table, parts)])
    distinct = rows.group_by(SCHEMA.names).aggregate([]).select(SCHEMA.names)
    return distinct.sort_by([(name, "ascending") for name in SCHEMA.names]).cast(SCHEMA)


def _as_table(part: pd.DataFrame) -> pa.Table:
    whole = part.reindex(columns=SCHEMA.names).astype(object)  # NaN becomes null, whatever the type
    return pa.Table.from_pandas(whole, SCHEMA, preserve_index=False)


def _without_consent(lake: Path, as_of: datetime) -> pd.DataFrame:
    """The channels that each customer has closed, by the latest row of each channel."""
    known = rows_known(lake, "consent", as_of, "channel", "allowed")
    if known is None:
        return pd.DataFrame()
    latest = known.to_pandas().sort_values(["event_timestamp", "created_timestamp"], kind="stable")
    latest = latest.drop_duplicates(["customerID", "channel"], keep="last")
    closed = latest[latest["allowed"] == "No"]
    every = closed["channel"] == _EVERY_CHANNEL
    return pd.DataFrame(
        {
            "customerID": closed["customerID"],
            "reason": every.map({True: "do_not_contact", False: "no_consent"}),
            "channel": closed["channel"].mask(every, None),
        }
    )


def _by_caps(lake: Path, as_of: datetime, caps: Caps) -> Iterator[pd.DataFrame]:
    """Who was contacted a short time ago, and who was contacted often enough this month."""
    known = rows_known(lake, "contacts", as_of, "outcome")
    if known is None:
        return
    contacts = known.to_pandas()
    contacts = contacts[contacts["outcome"] != _NOT_REACHED]
    until = contacts.groupby("customerID")["event_timestamp"].max() + timedelta(days=caps.cooling_off_days)
    cooling = until[until > as_of]
    yield pd.DataFrame({"customerID": cooling.index, "reason": "cooling_off", "until": cooling.to_numpy()})
    month, after = _month(as_of)
    this_month = contacts.loc[contacts["event_timestamp"] >= month, "customerID"].value_counts()
    often = this_month.index[this_month >= caps.contacts_a_month]
    yield pd.DataFrame({"customerID": often, "reason": "monthly_cap", "until": after})


def _month(moment: datetime) -> tuple[datetime, datetime]:
    """The beginning of a moment's month and that of the next one, UTC."""
    first = moment.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return first, (first + timedelta(days=32)).replace(day=1)


def _held_out(campaigns: Path, as_of: datetime) -> Iterator[pd.DataFrame]:
    """Hold-outs until their campaign ends, and control groups for good."""
    for path in sorted(campaigns.glob("[!.]*/customers.parquet")):
        try:
            ends = datetime.fromisoformat(json.loads(path.with_name("plan.json").read_bytes())["ends"])
            arms = pq.read_table(path, columns=["customerID", "arm"]).to_pandas()
        except (OSError, ValueError, KeyError, TypeError, pa.ArrowException) as error:
            raise SuppressionError(
                f"campaign {path.parent.name} in {campaigns} cannot be read ({error}); put it back"
            ) from error
        for arm, until in (("holdout", ends.replace(tzinfo=UTC)), ("control", None)):
            if until is None or until > as_of:
                kept_apart = arms.loc[arms["arm"] == arm, "customerID"]
                yield pd.DataFrame({"customerID": kept_apart, "reason": "holdout", "until": until})

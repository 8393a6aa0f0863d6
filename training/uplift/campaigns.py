"""Past campaigns as rows: who was drawn when, for which offer, and whether the customer then stayed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from training.dataset.history import CLOCKS, VOLUNTARY, History, read_table


@dataclass(frozen=True)
class CampaignRows:
    """One row per customer and campaign whose outcome is known.

    Attributes
    ----------
    rows : DataFrame
        ``customerID``; ``event_timestamp``, the draw (UTC); ``campaign``; ``offer``; ``probability``, the
        chance of this offer for this customer when it was drawn; ``stayed``, 1 or 0, within the horizon;
        ``cluster``, the household, or the customer where there is none.
    campaigns : dict of str to int
        Everybody drawn, by campaign whose window is over.
    not_over : tuple of str
        Campaigns whose window ends after the lake does.
    involuntary : float
        Share of the rows of ``campaigns`` that are left out, because the customer left involuntarily.
    """

    rows: pd.DataFrame
    campaigns: dict[str, int]
    not_over: tuple[str, ...]
    involuntary: float


def read_campaigns(lake: Path, history: History, horizon_days: int) -> CampaignRows:
    """Read every past campaign of a lake.

    Who was no customer at the draw is left out. Who left involuntarily within the horizon has no outcome.

    Parameters
    ----------
    lake : Path
    history : History
        Of this lake.
    horizon_days : int
        Days after the draw within which leaving counts.

    Raises
    ------
    HistoryError
        When a table cannot be read.
    """
    drawn = _drawn(lake)
    horizon = pd.Timedelta(days=horizon_days)
    over = drawn["event_timestamp"] + horizon <= history.data_until
    known = drawn[over & _are_customers(drawn, history)].reset_index(drop=True)
    after = history.leaves_after(known)
    leaves = (after["left"] <= known["event_timestamp"] + horizon).to_numpy()
    involuntary = leaves & after["reason"].ne(VOLUNTARY).to_numpy()
    rows = known.assign(
        probability=_probability(known),
        stayed=(~leaves).astype("int64"),
        cluster=_clusters(known["customerID"], lake),
    )
    return CampaignRows(
        rows[~involuntary].reset_index(drop=True),
        _counts(drawn[over]),
        tuple(drawn.loc[~over, "campaign"].unique()),
        float(involuntary.mean()) if len(involuntary) else 0.0,
    )


def rows_of_campaigns(lake: Path, history: History, horizon_days: int) -> dict[str, int]:
    """Rows of every campaign whose window is over, by its name.

    Raises
    ------
    HistoryError
        When the table cannot be read.
    """
    drawn = _drawn(lake)
    over = drawn["event_timestamp"] + pd.Timedelta(days=horizon_days) <= history.data_until
    return _counts(drawn[over])


def _counts(drawn: pd.DataFrame) -> dict[str, int]:
    counts = drawn.groupby("campaign")["customerID"].size()
    return {str(name): int(rows) for name, rows in counts.items()}


def _drawn(lake: Path) -> pd.DataFrame:
    """The last known row of every customer and campaign, by draw."""
    offers = read_table(lake, "offers", [*CLOCKS, "campaign", "offer"], {"probability": None})
    last = offers.sort_values("created_timestamp").drop_duplicates(["customerID", "campaign"], keep="last")
    return last.sort_values(["event_timestamp", "campaign", "customerID"], ignore_index=True)


def _are_customers(drawn: pd.DataFrame, history: History) -> np.ndarray:
    """Whether each was in a stay at the draw, (n,)."""
    stays = history.stays.sort_values("event_timestamp")
    at = drawn[["customerID", "event_timestamp"]].assign(row=np.arange(len(drawn)))
    at["event_timestamp"] = at["event_timestamp"].astype(stays["event_timestamp"].dtype)
    found = pd.merge_asof(
        at.sort_values("event_timestamp"),
        stays[["customerID", "event_timestamp", "left"]].assign(joined=True),
        on="event_timestamp",
        by="customerID",
    ).sort_values("row")
    here = found["joined"].notna() & ~(found["left"] <= found["event_timestamp"])
    return here.to_numpy()


def _probability(rows: pd.DataFrame) -> np.ndarray:
    """The known chance of each row's offer; where it is not known, the offer's share in the campaign."""
    counts = rows.groupby(["campaign", "offer"])["customerID"].transform("size")
    share = counts / rows.groupby("campaign")["customerID"].transform("size")
    return rows["probability"].astype("float64").fillna(share).to_numpy()


def _clusters(customers: pd.Series, lake: Path) -> np.ndarray:
    """The household of each customer, or else the customer, (n,)."""
    demographics = read_table(lake, "demographics", CLOCKS, {"household": None})
    last = demographics.sort_values(["event_timestamp", "created_timestamp"]).drop_duplicates(
        "customerID", keep="last"
    )
    household = customers.map(last.set_index("customerID")["household"]).astype("string")
    return ("household " + household).fillna(customers).to_numpy(dtype=object)

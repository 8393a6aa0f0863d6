"""What goals are measured on: the lake, and the campaigns whose window is over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import pandas as pd

from serving.campaigns.campaign_files import Campaign
from serving.campaigns.outcome.lake_rows import VOLUNTARY, LakeRows
from serving.campaigns.outcome.observed import observe
from serving.campaigns.outcome.window import Window

_FIRST_BILLS = timedelta(days=31)
"""After so many days everybody who was a customer when a history begins has had a bill."""


@dataclass(frozen=True)
class GoalData:
    """The lake, the campaigns and the first day of the new way.

    Attributes
    ----------
    lake : LakeRows
    campaigns : sequence of Campaign
    since : date or None
        None if there is neither a campaign nor a day in the file of goals.
    """

    lake: LakeRows
    campaigns: Sequence[Campaign]
    since: date | None

    _observed: dict[int, pd.DataFrame] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, lake: LakeRows, campaigns: Sequence[Campaign], since: date | None) -> GoalData:
        """With the first day of the first campaign where no day is given."""
        starts = [campaign.plan.starts for campaign in campaigns]
        return cls(lake, campaigns, since or min(starts, default=None))

    def first_matured(self, days: int) -> date | None:
        """The day on which the first campaign can be judged; None without a campaign since that day."""
        return min((self._window(one, days).until for one in self._ours()), default=None)

    def customers(self, days: int) -> pd.DataFrame:
        """Customers of all campaigns whose window of so many days is over, as `observe` gives them.

        `vulnerable` says whether the segment's planned risk is above the campaign's mean.

        Raises
        ------
        OfflineError
            A table of the lake cannot be read.
        """
        if days not in self._observed:  # several goals ask for the same
            self._observed[days] = self._customers(days)
        return self._observed[days]

    def _customers(self, days: int) -> pd.DataFrame:
        parts = []
        for campaign in self._ours():
            window = self._window(campaign, days)
            if window.matured(self.lake.data_until):
                rows = observe(campaign, window, self.lake).customers
                risk = rows.groupby("segment")["probability"].transform("mean")
                parts.append(rows.assign(vulnerable=risk > rows["probability"].mean()))
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()

    def leaving(self, window: Window) -> pd.DataFrame:
        """Customers active when a window begins, and whether they `left` of their own will within it.

        Raises
        ------
        OfflineError
            A table of the lake cannot be read.
        """
        active = self.lake.active(window.begin)
        leaves = self.lake.leaves(window)
        willing = leaves.loc[leaves["reason"].fillna(VOLUNTARY) == VOLUNTARY, "customerID"]
        customer = active["customerID"]
        return pd.DataFrame({"customerID": customer, "outcome": customer.isin(willing).astype(float)})

    def scores(self, window: Window) -> pd.DataFrame:
        """The last score within a window of every customer who gave one.

        Raises
        ------
        OfflineError
            A table of the lake cannot be read.
        """
        rows = self.lake.rows("satisfaction", window.begin, window.end)
        last = rows.drop_duplicates("customerID", keep="last")
        return pd.DataFrame({"customerID": last["customerID"], "outcome": last["score"].astype(float)})

    def covers(self, window: Window) -> bool:
        """Whether the lake's history begins no later than a window does, by its first bills."""
        return not self.lake.rows("billing", until=window.begin + _FIRST_BILLS).empty

    def _ours(self) -> list[Campaign]:
        return [one for one in self.campaigns if self.since and one.plan.starts >= self.since]

    @staticmethod
    def _window(campaign: Campaign, days: int) -> Window:
        return Window.of(campaign.plan.starts, days)

"""Who is in a running campaign, and so in no other: offered, held out, or in its control group."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd

from serving.campaigns.campaign_files import names, read_campaign, read_plan

_WORDS = {"offer": "offered by {name}", "holdout": "hold-out of {name}"}


def kept_apart(folder: Path, day: date) -> pd.DataFrame:
    """The customers of all campaigns that are not over on a day; those yet to start count as well.

    Who is held out may not be contacted, or the hold-out shows nothing. Who was offered something may not be
    contacted by another campaign either: the hold-out would be compared with both at once.

    Parameters
    ----------
    folder : Path
        Of all campaigns.
    day : date

    Returns
    -------
    DataFrame
        With `customerID`, `household` and `reason`.

    Raises
    ------
    CampaignError
        A campaign cannot be read; nobody can then say whom it holds out.
    """
    found = [pd.DataFrame({"customerID": [], "household": [], "reason": []}, dtype=object)]
    for name in names(folder):
        if read_plan(folder, name).ends > day:
            rows = (
                read_campaign(folder, name).customers.select(["customerID", "household", "arm"]).to_pandas()
            )
            rows = rows[
                rows["arm"].isin(list(_WORDS))
            ]  # the control group is kept apart by its key, for good
            reason = rows["arm"].map({arm: words.format(name=name) for arm, words in _WORDS.items()})
            found.append(rows.assign(reason=reason)[["customerID", "household", "reason"]])
    return pd.concat(found, ignore_index=True)

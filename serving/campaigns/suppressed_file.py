"""Who may not be contacted today, by the suppression file of `serving.decision`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from serving.decision.places import suppressed_path
from serving.decision.suppressed import read_suppressed
from serving.settings import Settings

_BY_CAMPAIGNS = "holdout"
"""Not taken from the file: planning reads the campaigns themselves, and the control group by its key."""


def suppressed_now(path: Path | None, settings: Settings) -> pd.DataFrame:
    """The rows of the suppression file that count now.

    Parameters
    ----------
    path : Path or None
        None: the file that the settings name.
    settings : Settings

    Returns
    -------
    DataFrame
        With `customerID`, `reason` and `channel`, which is null where every channel is closed.

    Raises
    ------
    SuppressionError, SettingsError
        The file cannot be used. Without a file nobody is suppressed.
    """
    now = datetime.now(UTC)
    rows = [
        (customer, entry.reason, entry.channel)
        for customer, entries in read_suppressed(path or suppressed_path(settings)).customers.items()
        for entry in entries
        if entry.reason != _BY_CAMPAIGNS and entry.counts(now)
    ]
    return pd.DataFrame(rows, columns=["customerID", "reason", "channel"], dtype=object)

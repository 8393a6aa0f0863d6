"""The rule between contacts and offers: nobody is told of an offer before the campaign was drawn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.contracts.cross_table import DAY, microseconds
from data.contracts.table_contracts import places, violations_of
from data.contracts.whole_table import Hashes, key_hashes
from data.violations import Violation

KEY = ("customerID", "campaign")
COLUMNS = (*KEY, "event_timestamp")
RULE = "not more than a day before the customer was drawn in the campaign"


def too_early(offers: Iterable[pd.DataFrame], contacts: Iterable[pd.DataFrame]) -> Iterator[Violation]:
    """Yield the contacts of a campaign that took place before its draw.

    A day is allowed, because a table may have dates where the other one has moments. Contacts of campaigns
    that offers does not name break no rule.

    Parameters
    ----------
    offers, contacts : iterable of pandas.DataFrame
        Customer, campaign and event timestamp.
    """
    keys, drawn = _draws(offers)
    for frame in contacts if len(keys) else ():
        own = key_hashes(frame, KEY)
        at = np.minimum(np.searchsorted(keys, own), len(keys) - 1)
        early = (keys[at] == own) & (microseconds(frame) < drawn[at] - DAY)
        rows = frame[early].assign(drawn=pd.to_datetime(drawn[at][early], unit="us", utc=True))
        yield from violations_of(rows, places("contacts", rows), ["event_timestamp", "drawn"], RULE)


def _draws(offers: Iterable[pd.DataFrame]) -> tuple[Hashes, NDArray[np.int64]]:
    """Return the hashes of customer and campaign, sorted, and when each was drawn."""
    pairs = [(key_hashes(frame, KEY), microseconds(frame)) for frame in offers]
    if not pairs:
        return np.empty(0, dtype=np.uint64), np.empty(0, dtype=np.int64)
    keys, drawn = (np.concatenate(parts) for parts in zip(*pairs, strict=True))
    order = np.argsort(keys)
    return keys[order], drawn[order]

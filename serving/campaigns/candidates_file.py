"""Candidates from a Parquet file."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from serving.campaigns.candidates import COLUMNS, WORDS, Candidates
from serving.errors import CampaignError

_FACTS = ("model", "effects")
_EFFECTS = ("measured", "assumed")


def read_candidates(path: Path) -> Candidates:
    """The candidates of a file with one row per customer and offer.

    Parameters
    ----------
    path : Path
        Parquet with `serving.campaigns.candidates.COLUMNS` and WORDS, and the same `model` and `effects` in
        every row.

    Raises
    ------
    CampaignError
        The file cannot be read, or its rows cannot be planned with.
    """
    frame = _read(path, [*COLUMNS, *_FACTS])
    if frame.empty:
        raise CampaignError(f"{path} has no row: nobody is eligible for an offer, so nothing is written")
    facts = frame[list(_FACTS)].drop_duplicates()
    if len(facts) != 1 or facts["effects"].iloc[0] not in _EFFECTS:
        raise CampaignError(
            f"{path} must have one model, and one of {' and '.join(_EFFECTS)} in `effects`; it has "
            f"{facts.to_dict('records')[:3]}"
        )

    def words(chosen: pd.DataFrame) -> pd.DataFrame:
        told = _read(path, ["customerID", "offer", *WORDS])
        return chosen.merge(told, on=["customerID", "offer"], how="left", validate="one_to_one")

    model, effects = facts.iloc[0]
    return Candidates(frame.drop(columns=list(_FACTS)), words, effects, str(model))


def _read(path: Path, columns: list[str]) -> pd.DataFrame:
    try:
        missing = [name for name in columns if name not in pq.read_schema(path).names]
        if missing:
            raise CampaignError(f"{path} lacks the columns {', '.join(missing)}; see docs/campaigns.md")
        frame: pd.DataFrame = pq.read_table(path, columns=columns).to_pandas()
    except (pa.ArrowException, OSError) as error:
        raise CampaignError(f"{path} cannot be read as Parquet: {str(error).splitlines()[0]}") from error
    return frame

"""The list of a planned campaign for a CRM or a call centre: CSV or Parquet."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from feature_repo.files import private_file, private_place, replacing
from serving.at_risk.csv_rows import csv_pieces
from serving.campaigns.campaign_files import Campaign
from serving.campaigns.mapping import ARM
from serving.campaigns.suppression import Suppressed, suppressed_among
from serving.errors import CampaignError

ENDINGS = (".csv", ".parquet")


def check_out(out: Path) -> None:
    """Refuse a file that cannot be written, before anything else is done.

    Raises
    ------
    CampaignError
    """
    if out.suffix not in ENDINGS:
        raise CampaignError(f"--out {out}: name a file that ends in {' or '.join(ENDINGS)}")
    if out.is_dir():
        raise CampaignError(f"--out {out} is a folder; give the name of a file")


def export_campaign(
    campaign: Campaign, suppressed: pd.DataFrame, mapping: Mapping[str, str], out: Path
) -> Suppressed:
    """Write the list, without those who may no longer be contacted; it appears whole or not at all.

    Who is held out or in the control group is listed with the offer `none`, without message and channel. If
    the mapping has no column for the arm, they are left out, as nothing would tell them from the others.

    Parameters
    ----------
    campaign : Campaign
    suppressed : DataFrame
        With `customerID`, `reason` and perhaps `channel`: who may not be contacted today.
    mapping : mapping of str to str
        The file's columns, as `serving.campaigns.mapping.read_mapping` gives them.
    out : Path
        It ends in ``.csv`` or ``.parquet``.

    Returns
    -------
    Suppressed
        Those of the arm `offer` who were left out. They stay in the campaign and its readout.

    Raises
    ------
    CampaignError
        The file cannot be written.
    """
    check_out(out)
    rows = campaign.customers
    contacted = rows.filter(pc.equal(rows[ARM], "offer")).select(["customerID", "channel"]).to_pandas()
    left_out = suppressed_among(contacted["customerID"], suppressed, channels=contacted["channel"])
    gone = pc.is_in(rows["customerID"], pa.array(sorted(left_out.customers), pa.string()))
    rows = rows.filter(pc.invert(gone))
    if ARM not in mapping.values():
        rows = rows.filter(pc.equal(rows[ARM], "offer"))
    _write(pa.table({theirs: rows[ours] for theirs, ours in mapping.items()}), out)
    return left_out


def _write(table: pa.Table, out: Path) -> None:
    try:
        private_place(out)
        with replacing(out) as beside:
            private_file(beside)
            if out.suffix == ".parquet":
                pq.write_table(table, beside, write_page_checksum=True)
            else:
                with beside.open("wb") as file:
                    file.writelines(csv_pieces(table))
    except OSError as error:
        raise CampaignError(f"--out {out} cannot be written: {error.strerror}") from error

"""A file of responses: what it gives, and each wrong line by its number."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from small_campaigns import customer_id, planned

from serving.campaigns.outcome.responses import read_responses
from serving.errors import CampaignError

CAMPAIGN = planned([{} for _ in range(20)])
GOOD = f"{customer_id(0)},2026-01-05,accepted"


def write(folder: Path, *lines: str, header: str = "customerID,date,outcome") -> Path:
    path = folder / "responses.csv"
    path.write_text("\n".join([header, *lines]) + "\n")
    return path


def test_responses_of_a_csv_and_of_parquet_are_the_same(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD, f"{customer_id(1)},2026-01-06,refused")
    found = read_responses(path, CAMPAIGN, {})
    assert found["outcome"].tolist() == ["accepted", "refused"]
    assert found["event_timestamp"].tolist() == [pd.Timestamp(f"2026-01-0{n}", tz="UTC") for n in (5, 6)]
    pd.read_csv(path, parse_dates=["date"]).to_parquet(tmp_path / "responses.parquet")
    again = read_responses(tmp_path / "responses.parquet", CAMPAIGN, {})
    pd.testing.assert_frame_equal(again, found)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("stranger,2026-01-05,accepted", "line 3: customer stranger is not of this campaign;"),
        (
            "theirs,2026-01-05,accepted",
            "line 3: customer theirs is not of this campaign; it is of campaign x",
        ),
        (
            f"{customer_id(1)},2025-12-31,accepted",
            "line 3: date 2025-12-31 is before the campaign's first day",
        ),
        (f"{customer_id(1)},yesterday,accepted", "line 3: date 'yesterday': write it as in 2026-01-31"),
        (f"{customer_id(1)},,accepted", "line 3: date 'nan': write it as in 2026-01-31"),
        (f"{customer_id(1)},2026-01-05,maybe", "line 3: outcome 'maybe': give one of accepted, refused"),
        (GOOD, "line 3: customer 0000-TEST stands in line 2 already"),
    ],
)
def test_a_wrong_line_is_named(line: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(CampaignError) as caught:
        read_responses(write(tmp_path, GOOD, line), CAMPAIGN, {"theirs": "x"})
    assert message in str(caught.value)


def test_ten_wrong_lines_are_named_and_the_others_counted(tmp_path: Path) -> None:
    with pytest.raises(CampaignError) as caught:
        read_responses(write(tmp_path, *[f"s{n},2026-01-05,refused" for n in range(14)]), CAMPAIGN, {})
    assert "line 11:" in str(caught.value)
    assert "line 12:" not in str(caught.value)
    assert "and 4 more; correct the file" in str(caught.value)


def test_a_file_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(CampaignError, match=r"give a file that ends in \.csv or \.parquet"):
        read_responses(tmp_path / "responses.xlsx", CAMPAIGN, {})
    with pytest.raises(CampaignError, match=r"cannot be read"):
        read_responses(tmp_path / "nowhere.csv", CAMPAIGN, {})
    with pytest.raises(CampaignError, match=r"lacks the column date"):
        read_responses(write(tmp_path, header="customerID,outcome"), CAMPAIGN, {})

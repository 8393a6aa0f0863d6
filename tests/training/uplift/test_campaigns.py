from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from small_lakes import utc, write_lake, write_parts

from training.dataset.history import read_history
from training.errors import HistoryError
from training.uplift.campaigns import CampaignRows, read_campaigns, rows_of_campaigns

DRAWN, UNTIL = "2025-03-01", "2025-09-01"


def customer(name: str, day: str = DRAWN, **values: Any) -> dict[str, Any]:
    return {"customerID": name, "event_timestamp": utc(day), **values}


def offered(name: str, offer: str = "call", day: str = DRAWN, campaign: str = "spring") -> dict[str, Any]:
    return customer(name, day, campaign=campaign, offer=offer)


def lake_of(folder: Path, offers: list[dict[str, Any]], left: Sequence[dict[str, Any]] = ()) -> Path:
    names = {row["customerID"] for row in offers}
    joined = [customer(name, "2025-01-01") for name in sorted(names)]
    rows = {"demographics": joined, "offers": offers, "churn_events": left}
    return write_lake(folder / "lake", rows, data_until=UNTIL)


def with_column(lake: Path, table: str, column: str, values: dict[str, Any]) -> None:
    """Add a column to a table, or fill it; `values` are by customer."""
    rows = pq.read_table(lake / f"{table}.parquet")
    filled = pa.array([values.get(one) for one in rows["customerID"].to_pylist()])
    rows = rows.drop_columns([column]) if column in rows.column_names else rows
    write_parts(lake / f"{table}.parquet", rows.append_column(column, filled))


def read(lake: Path, horizon: int = 120) -> CampaignRows:
    return read_campaigns(lake, read_history(lake), horizon)


def test_who_stayed_within_the_horizon(tmp_path: Path) -> None:
    left = [customer("b", "2025-04-01"), customer("c", "2025-07-15")]
    found = read(lake_of(tmp_path, [offered("a"), offered("b", "none"), offered("c")], left))
    # c left after 136 days.
    assert found.rows.set_index("customerID")["stayed"].to_dict() == {"a": 1, "b": 0, "c": 1}
    assert found.rows["offer"].tolist() == ["call", "none", "call"]
    assert found.campaigns == {"spring": 3}


def test_a_campaign_whose_window_is_not_over_is_left_out(tmp_path: Path) -> None:
    rows = [offered("a"), offered("a", day="2025-06-01", campaign="summer")]
    lake = lake_of(tmp_path, rows)
    found = read(lake)
    assert found.campaigns == {"spring": 1}
    assert found.not_over == ("summer",)
    assert len(found.rows) == 1
    assert rows_of_campaigns(lake, read_history(lake), 120) == {"spring": 1}


def test_who_had_left_before_the_draw_is_left_out(tmp_path: Path) -> None:
    left = [customer("b", "2025-02-01")]
    assert read(lake_of(tmp_path, [offered("a"), offered("b")], left)).rows["customerID"].tolist() == ["a"]


def test_the_share_of_an_arm_where_its_chance_is_not_known(tmp_path: Path) -> None:
    rows = [offered("a"), offered("b", "none"), offered("c", "none"), offered("d", "none")]
    lake = lake_of(tmp_path, rows)
    assert read(lake).rows["probability"].tolist() == [0.25, 0.75, 0.75, 0.75]
    with_column(lake, "offers", "probability", {"a": 0.1})
    assert read(lake).rows["probability"].tolist() == [0.1, 0.75, 0.75, 0.75]


def test_who_left_involuntarily_is_left_out_and_counted(tmp_path: Path) -> None:
    left = [customer(name, "2025-04-01") for name in "bcd"]
    lake = lake_of(tmp_path, [offered(name) for name in "abcd"], left)
    assert read(lake).involuntary == 0
    with_column(lake, "churn_events", "reason", {"b": "died", "c": "voluntary"})
    found = read(lake)
    assert found.rows["customerID"].tolist() == ["a", "c", "d"]
    assert found.involuntary == 0.25


def test_a_household_is_one_cluster(tmp_path: Path) -> None:
    lake = lake_of(tmp_path, [offered(name) for name in "abc"])
    assert read(lake).rows["cluster"].tolist() == ["a", "b", "c"]
    with_column(lake, "demographics", "household", {"a": "h", "b": "h"})
    assert read(lake).rows["cluster"].tolist() == ["household h", "household h", "c"]


def test_a_row_that_is_learned_anew_corrects_the_one_before(tmp_path: Path) -> None:
    later = offered("a", "none") | {"created_timestamp": utc("2025-03-05")}
    assert read(lake_of(tmp_path, [later, offered("a")])).rows["offer"].tolist() == ["none"]


def test_a_lake_without_campaigns(tmp_path: Path) -> None:
    found = read(lake_of(tmp_path, []))
    assert found.rows.empty
    assert (found.campaigns, found.not_over, found.involuntary) == ({}, (), 0.0)


def test_a_table_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    lake = lake_of(tmp_path, [offered("a")])
    history = read_history(lake)
    next((lake / "offers.parquet").iterdir()).write_bytes(b"PAR1 no")
    with pytest.raises(HistoryError, match=r"offers\.parquet: cannot be read"):
        read_campaigns(lake, history, 120)


def test_moments_are_kept(tmp_path: Path) -> None:
    found = read(lake_of(tmp_path, [offered("a")]))
    assert found.rows["event_timestamp"].tolist() == [pd.Timestamp(DRAWN, tz="UTC")]


def test_a_snapshot_has_no_campaigns(tmp_path: Path) -> None:
    labels = [customer("a", Churn="Yes"), customer("b", Churn="No")]
    joined = [customer("a"), customer("b")]
    lake = write_lake(tmp_path / "lake", {"demographics": joined, "labels": labels}, UNTIL, labels="given")
    assert read(lake).rows.empty


def test_columns_that_an_earlier_part_lacks_count_in_the_later_one(tmp_path: Path) -> None:
    lake = lake_of(tmp_path, [offered("a"), offered("b")], [customer("b", "2025-04-01")])
    for table, column, value in (
        ("offers", "probability", 0.9),
        ("demographics", "household", "home"),
        ("churn_events", "reason", "died"),
    ):
        rows = pq.read_table(lake / f"{table}.parquet")
        bare = rows.drop_columns([column])
        write_parts(lake / f"{table}.parquet", bare)
        of_b = bare.filter(pc.equal(bare["customerID"], "b")).append_column(column, pa.array([value]))
        of_a = bare.filter(pc.equal(bare["customerID"], "a"))
        for number, part in enumerate((of_a, of_b), start=1):
            pq.write_table(
                part, lake / f"{table}.parquet" / f"{number:04d}.parquet", write_page_checksum=True
            )
    found = read(lake)
    assert found.rows["customerID"].tolist() == ["a"]
    assert found.involuntary == 0.5
    assert found.rows["probability"].tolist() == [1.0]

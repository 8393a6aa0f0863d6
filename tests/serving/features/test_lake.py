from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flipping import flipped
from house import House, at, row
from small_lakes import as_files

from serving.errors import OfflineError
from serving.features.lake import customers_at, open_lake

DAY = datetime(2025, 11, 1, tzinfo=UTC)
DAYS = ("2025-09-30", "2025-10-01", "2025-10-10", "2025-11-01", "2025-11-02")
ROWS = {
    "demographics": [
        row("a-stays", "2025-01-01"),
        row("b-left", "2025-01-01"),
        row("c-left-that-day", "2025-01-01"),
        row("d-leaves-later", "2025-01-01"),
        row("e-left-but-told-later", "2025-01-01", "2025-01-05"),
        row("f-joins-later", "2025-11-02"),
        row("g-joined-but-told-later", "2025-10-30", "2025-11-02"),
        row("h-joins-that-day", "2025-11-01"),
    ],
    "churn_events": [
        row("b-left", "2025-10-01"),
        row("c-left-that-day", "2025-11-01"),
        row("d-leaves-later", "2025-11-02"),
        row("e-left-but-told-later", "2025-10-01", "2025-11-02"),
    ],
}


def test_who_is_a_customer_by_what_was_known(house: House) -> None:
    house.write(ROWS)
    customers = customers_at(*open_lake(), DAY)
    assert customers["customerID"].tolist() == [
        "a-stays",
        "d-leaves-later",
        "e-left-but-told-later",
        "h-joins-that-day",
    ]
    assert not customers["left"].any()


def test_a_lake_of_a_former_format_is_read_alike(house: House) -> None:
    house.write(ROWS)
    right = customers_at(*open_lake(), DAY)
    as_files(house.lake)
    assert customers_at(*open_lake(), DAY).equals(right)


def test_who_came_back_is_a_customer_again(house: House) -> None:
    joined = [row(name, "2025-01-01") for name in ("back", "back later", "back, told later", "left twice")]
    returns = [
        row("back", "2025-10-10"),
        row("back later", "2025-11-02"),
        row("back, told later", "2025-10-10", "2025-11-02"),
        row("left twice", "2025-10-10"),
    ]
    leaves = [row(line["customerID"], "2025-10-01") for line in joined]
    house.write(
        {"demographics": joined + returns, "churn_events": [*leaves, row("left twice", "2025-10-20")]}
    )
    folder, manifest = open_lake()
    read = {day: customers_at(folder, manifest, at(day))["customerID"].tolist() for day in DAYS}
    everybody = sorted(line["customerID"] for line in joined)
    assert read == {
        "2025-09-30": everybody,
        "2025-10-01": [],
        "2025-10-10": ["back", "left twice"],
        "2025-11-01": ["back"],
        "2025-11-02": ["back", "back later", "back, told later"],
    }


def test_in_a_snapshot_those_who_churned_are_marked(house: House) -> None:
    house.write(
        {"demographics": ROWS["demographics"][:2], "labels": [row("b-left", "2025-01-01", Churn="Yes")]}
    )
    path = house.lake / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "kind": "snapshot"}))
    customers = customers_at(*open_lake(), DAY)
    assert customers.to_dict("records") == [
        {"customerID": "a-stays", "left": False},
        {"customerID": "b-left", "left": True},
    ]


def test_in_a_snapshot_customers_are_those_of_the_latest_file(house: House) -> None:
    october, november = "2025-10-01", "2025-11-01"
    customers = [("a", october), ("b", october), ("a", november), ("c", november)]
    labels = [row("a", october, Churn="Yes"), row("b", october, Churn="No")]
    rows = {"demographics": [row(*pair) for pair in customers], "labels": labels}
    house.write(rows, kind="snapshot")
    folder, manifest = open_lake()
    for day, right in ((at(november), {"a": False, "c": False}), (at(october), {"a": True, "b": False})):
        read = customers_at(folder, manifest, day)
        assert dict(zip(read["customerID"], read["left"], strict=True)) == right
    assert customers_at(folder, manifest, at("2025-09-30")).empty


def test_a_turned_bit_anywhere_in_a_table_is_named_or_does_no_harm(house: House) -> None:
    house.write(ROWS)
    folder, manifest = open_lake()
    table = folder / "demographics.parquet"
    part = table / "0001.parquet"
    right = customers_at(folder, manifest, DAY)
    told = set()
    for copy in flipped(part):
        copy.replace(part)
        try:
            read = customers_at(folder, manifest, DAY)
        except OfflineError as error:
            told.add(str(error))
        else:
            assert read.equals(right)
    assert len(told) > 10
    assert all(text.startswith(f"{table} cannot be read (") for text in told)


def test_no_lake(house: House) -> None:
    with pytest.raises(OfflineError, match="there is no lake in .*lake"):
        open_lake()


@pytest.mark.parametrize(
    "text", ["{", '{"base": "b"}', '{"base": "b", "kind": "dream", "data_until": "2026"}']
)
def test_a_manifest_that_cannot_be_read(text: str, house: House) -> None:
    house.lake.mkdir()
    (house.lake / "manifest.json").write_text(text)
    with pytest.raises(OfflineError, match=r"manifest.json cannot be read"):
        open_lake()


def test_a_relative_lake_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("STAYLINE_LAKE", "lake")
    with pytest.raises(OfflineError, match="absolute path"):
        open_lake()


def test_a_real_history_is_read_like_a_simulated_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    facts = {"base": "history-1", "kind": "history", "data_until": "2026-01-01T00:00:00Z"}
    (tmp_path / "manifest.json").write_text(json.dumps(facts))
    monkeypatch.setenv("STAYLINE_LAKE", str(tmp_path))
    assert open_lake()[1].base == "history-1"

"""What an edition costs: earlier parts are linked and not read again, and no contradiction slips through."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lake_content import as_table, known, make_former, rows_of

from data.contracts.check import check_lake
from data.errors import ContractError, LakeDamagedError
from data.lake_files import table_file
from data.lake_files.damage import check_files
from data.lake_files.manifest import read_manifest
from data.lake_files.parts import part_path, parts_of
from data.loading.editions import next_facts
from data.loading.lake_writer import LakeWriter
from data.loading.load_tables import HowToLoad
from data.loading.loaded import Loaded

History = dict[str, list[dict[str, Any]]]
Load = Callable[..., Loaded]
MARCH, APRIL, MAY = (datetime(2026, month, 1, tzinfo=UTC) for month in (3, 4, 5))
APPEND = HowToLoad(append=True)


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let two rows be enough for a part."""
    monkeypatch.setattr(table_file, "ROW_GROUP_ROWS", 2)


def append(load: Load, history: History, since: datetime, until: datetime, to: Path) -> Loaded:
    return load(known(history, until, since), until, APPEND, empty=False, to=to)


def bill(history: History, day: datetime, **values: object) -> dict[str, Any]:
    clocks = {"event_timestamp": day, "created_timestamp": day}
    return {**deepcopy(history["billing"][2]), **clocks, **values}


@pytest.mark.usefixtures("small_parts")
def test_earlier_parts_are_linked_and_what_is_new_is_a_part(load: Load, history: History, lake: Path) -> None:
    load(known(history, MARCH), MARCH)
    first = part_path(lake, "billing", 1).stat().st_ino
    append(load, history, MARCH, APRIL, lake)
    assert [path.name for path in parts_of(lake, "billing")] == ["0001.parquet", "0002.parquet"]
    assert part_path(lake, "billing", 1).stat().st_ino == first
    assert [part.rows for part in read_manifest(lake).tables["billing"].parts] == [4, 1]
    assert len(parts_of(lake, "services")) == 1  # nothing new


def test_a_short_last_part_is_written_into_the_new_one(load: Load, history: History, lake: Path) -> None:
    load(known(history, MARCH), MARCH)
    append(load, history, MARCH, APRIL, lake)
    assert [part.rows for part in read_manifest(lake).tables["billing"].parts] == [5]


def test_nights_do_not_leave_a_part_each(
    load: Load, history: History, lake: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_file, "ROW_GROUP_ROWS", 4)
    load(known(history, APRIL), APRIL)
    for night in range(10):
        day = APRIL + timedelta(days=night, hours=12)
        history["billing"].append(bill(history, day, customerID="A"))
        append(load, history, day - timedelta(hours=12), day + timedelta(hours=12), lake)
    assert [part.rows for part in check_lake(lake).tables["billing"].parts] == [5, 4, 4, 2]


@pytest.mark.usefixtures("small_parts")
def test_where_the_file_system_has_no_links_parts_are_copied(
    load: Load, history: History, lake: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(path: Path, target: Path) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    load(known(history, MARCH), MARCH)
    append(load, history, MARCH, APRIL, lake)
    assert len(parts_of(lake, "billing")) == 2
    check_lake(lake)


@pytest.mark.usefixtures("small_parts")
def test_only_new_rows_are_checked_row_by_row(load: Load, history: History, lake: Path) -> None:
    former = load(known(history, MARCH), MARCH).manifest
    seen: list[tuple[str, int, int]] = []
    facts = next_facts(former, APRIL, {})
    with LakeWriter(lake, facts, progress=lambda *step: seen.append(step), earlier=former) as writer:
        for name, rows in known(history, APRIL, MARCH).items():
            writer.append(name, as_table(name, rows))
    # The short part of consent is written into the new one.
    new = {"billing": 1, "churn_events": 1, "consent": 2, "satisfaction": 1}
    assert seen == [(name, rows, rows) for name, rows in new.items()]


@pytest.mark.usefixtures("small_parts")
def test_damage_of_a_linked_part_is_still_found_by_the_check(
    load: Load, history: History, lake: Path
) -> None:
    load(known(history, MARCH), MARCH)
    path = part_path(lake, "billing", 1)
    charges = pq.read_metadata(path).row_group(0).column(4)
    last = charges.data_page_offset + charges.total_compressed_size - 1
    whole = path.read_bytes()
    path.write_bytes(whole[:last] + bytes([whole[last] ^ 1]) + whole[last + 1 :])
    append(load, history, MARCH, APRIL, lake)
    with pytest.raises(LakeDamagedError, match=r"billing\.parquet/0001\.parquet was changed"):
        check_files(lake)


def test_a_damaged_short_part_is_not_taken_into_a_new_one(load: Load, history: History, lake: Path) -> None:
    load(known(history, MARCH), MARCH)
    path = part_path(lake, "billing", 1)
    whole = path.read_bytes()
    at = whole.index(b"ARROW:schema") + 20  # read by nobody
    path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
    with pytest.raises(LakeDamagedError, match=r"billing\.parquet/0001\.parquet"):
        append(load, history, MARCH, APRIL, lake)


@pytest.mark.parametrize("layout", [1, 2])
def test_a_lake_of_a_former_format_is_taken_over_once(
    load: Load, history: History, lake: Path, tmp_path: Path, layout: int
) -> None:
    load(known(history, MARCH), MARCH, to=tmp_path / "whole")
    append(load, history, MARCH, APRIL, tmp_path / "whole")
    load(known(history, MARCH), MARCH)
    make_former(lake, layout)
    assert check_lake(lake).is_former
    (said,) = [line for line in append(load, history, MARCH, APRIL, lake).summary_lines() if "format" in line]
    assert said == "The lake was of a former format and has the present one now, with all its rows."
    assert rows_of(lake) == rows_of(tmp_path / "whole")
    assert not check_lake(lake).is_former
    later = load({"billing": [bill(history, APRIL + timedelta(days=1))]}, MAY, APPEND, empty=False)
    assert not any("format" in line for line in later.summary_lines())


Change = Callable[[History], object]
CONTRADICTIONS: dict[str, Change] = {
    "a leave before services that are there": lambda h: h["churn_events"][0].update(
        event_timestamp=datetime(2026, 1, 20, tzinfo=UTC)
    ),
    "a leave more than two months before a bill that is there": lambda h: (
        h["billing"].append(bill(h, datetime(2026, 2, 25, tzinfo=UTC))),
        h["churn_events"].append(
            {
                "customerID": "A",
                "event_timestamp": datetime(2025, 12, 1, tzinfo=UTC),
                "created_timestamp": datetime(2026, 3, 5, tzinfo=UTC),
            }
        ),
    ),
    "a customer without services": lambda h: h["demographics"].append(
        {**h["demographics"][0], "customerID": "C", "created_timestamp": datetime(2026, 3, 5, tzinfo=UTC)}
    ),
    "a second leave": lambda h: h["churn_events"].append(
        {**h["churn_events"][0], "created_timestamp": datetime(2026, 3, 15, tzinfo=UTC)}
    ),
    "a campaign twice": lambda h: h["offers"].append(
        {**h["offers"][0], "offer": "gift", "created_timestamp": datetime(2026, 3, 15, tzinfo=UTC)}
    ),
}


@pytest.mark.parametrize("big_parts", [False, True])
@pytest.mark.parametrize("change", CONTRADICTIONS.values(), ids=CONTRADICTIONS)
def test_new_rows_that_contradict_earlier_ones_are_refused_as_in_a_whole_load(
    load: Load,
    history: History,
    lake: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    change: Change,
    big_parts: bool,
) -> None:
    if not big_parts:
        monkeypatch.setattr(table_file, "ROW_GROUP_ROWS", 1)
    change(history)
    with pytest.raises(ContractError) as whole:
        load(history, APRIL, to=tmp_path / "whole")
    load(known(history, MARCH), MARCH)
    before = rows_of(lake)
    with pytest.raises(ContractError) as appended:
        append(load, history, MARCH, APRIL, lake)
    assert sorted(map(str, appended.value.violations)) == sorted(map(str, whole.value.violations))
    assert rows_of(lake) == before


def test_who_was_new_and_had_no_bill_must_have_one_two_months_later(
    load: Load, history: History, lake: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_file, "ROW_GROUP_ROWS", 1)
    for name in ("billing", "tickets"):
        history[name] = [row for row in history[name] if row["customerID"] == "A"]
    load(known(history, MARCH), MARCH)
    with pytest.raises(ContractError, match="billing, customerID: 'B'; rule: every customer has a row"):
        load({"billing": [bill(history, APRIL)]}, MAY, APPEND, empty=False)


ROW = st.tuples(
    st.sampled_from(
        (
            "demographics",
            "services",
            "billing",
            "churn_events",
            "offers",
            "contacts",
            "consent",
            "satisfaction",
        )
    ),
    st.integers(0, 4),
    st.sampled_from("ABC"),
    st.integers(0, 100),
    st.integers(0, 30),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROW, max_size=3), size=st.sampled_from((1, 3, 1000)))
def test_an_edition_is_refused_exactly_where_the_whole_is(
    rows: list[tuple[str, int, str, int, int]],
    size: int,
    load: Load,
    history: History,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    place = tmp_path_factory.mktemp("random")
    given_history = deepcopy(history)
    for name, at, customer, day, later in rows:
        event = datetime(2025, 12, 25, tzinfo=UTC) + timedelta(days=day)
        clocks = {"event_timestamp": event, "created_timestamp": event + timedelta(days=later)}
        like = history[name][at % len(history[name])]
        given_history[name].append({**like, **clocks, "customerID": customer})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(table_file, "ROW_GROUP_ROWS", size)
        assert refused(load, given_history, None, MAY, place / "whole") == (
            refused(load, given_history, None, MARCH, place / "lake")
            or refused(load, given_history, MARCH, MAY, place / "lake")
        )


def refused(load: Load, history: History, since: datetime | None, until: datetime, to: Path) -> bool:
    try:
        load(known(history, until, since), until, HowToLoad(append=since is not None), to=to)
    except ContractError:
        return True
    check_lake(to)
    return False

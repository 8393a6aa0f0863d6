"""The second day of a history: later editions, whole or appended, and what contradicts an earlier one."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lake_content import content, known, rows_of

from data.contracts.check import check_lake
from data.errors import BaseConflictError, ContractError, EditionError, RewrittenHistoryError
from data.lake_files.manifest import read_manifest
from data.loading.load_tables import HowToLoad
from data.loading.loaded import Loaded

Rows = list[dict[str, Any]]
History = dict[str, Rows]
Load = Callable[..., Loaded]
FEBRUARY, MARCH, APRIL, MAY = (datetime(2026, month, 1, tzinfo=UTC) for month in (2, 3, 4, 5))
DEARER = {"MonthlyCharges": 51.0, "AvgMonthlyCharges": 51.0}
WHOLE, APPEND, CORRECT = HowToLoad(), HowToLoad(append=True), HowToLoad(accept_corrections=True)


def returned(history: History, day: str) -> History:
    """B, who left on 10 March, is back: the rows of the new stay alone."""
    came = datetime.fromisoformat(day).replace(tzinfo=UTC)
    new = ("demographics", "services", "billing", "tickets")
    first = {name: next(row for row in history[name] if row["customerID"] == "B") for name in new}
    return {
        name: [{**first[name], "event_timestamp": came, "created_timestamp": came}] if name in new else []
        for name in history
    }


def test_who_came_back_is_a_customer_again_and_may_leave_again(load: Load, history: History, lake: Path):
    assert load(history, APRIL).summary_lines() == [
        f"{read_manifest(lake).facts.base}: 1 customer as of 2026-04-01, after 1 leave."
    ]
    done = load(returned(history, "2026-04-20"), MAY, APPEND)
    assert done.summary_lines()[0].endswith("edition 2: 2 customers as of 2026-05-01, after 1 leave.")
    again = datetime(2026, 5, 10, tzinfo=UTC)
    clocks = {"customerID": "B", "event_timestamp": again, "created_timestamp": again}
    done = load({"churn_events": [clocks]}, datetime(2026, 6, 1, tzinfo=UTC), APPEND, empty=False)
    assert done.summary_lines()[0].endswith("edition 3: 1 customer as of 2026-06-01, after 2 leaves.")
    check_lake(lake)


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ("demographics", "services, customer B, 2026-04-20.*who came back has a row of demographics"),
        (
            "services",
            "services, customerID: 'B'; rule: every customer has a row from coming back on 2026-04-20",
        ),
    ],
)
def test_a_return_in_part_says_what_it_lacks(
    table: str, problem: str, load: Load, history: History, lake: Path
):
    load(history, APRIL)
    before = content(lake)
    with pytest.raises(ContractError, match=problem):
        load({**returned(history, "2026-04-20"), table: []}, MAY, APPEND)
    assert content(lake) == before


def test_a_longer_history_is_the_next_edition_of_the_same_base(load: Load, history: History, lake: Path):
    first = load(known(history, MARCH), MARCH).manifest
    done = load(history, APRIL)
    facts = check_lake(lake).facts
    assert (facts.base, facts.name, facts.data_until) == (first.facts.base, "history", APRIL)
    assert done.summary_lines()[0].startswith(f"{facts.base}, edition 2: 1 customer as of 2026-04-01")
    added = [edition.rows for edition in done.manifest.editions]
    assert [rows["billing"] for rows in added] == [4, 1]  # that of February was learned on 20 March
    assert [rows["churn_events"] for rows in added] == [0, 1]
    assert not load(history, APRIL).written


def test_what_is_new_may_be_appended_alone(load: Load, history: History, lake: Path, tmp_path: Path):
    load(history, APRIL, to=tmp_path / "whole")
    load(known(history, MARCH), MARCH)
    load(known(history, APRIL, since=MARCH), APRIL, APPEND, empty=False)
    assert rows_of(lake) == rows_of(tmp_path / "whole")


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    days=st.lists(
        st.datetimes(datetime(2026, 2, 4), datetime(2026, 3, 30)), min_size=1, max_size=3, unique=True
    ).map(sorted),
    append=st.booleans(),
)
def test_any_split_gives_the_lake_of_the_whole(
    days: list[datetime], append: bool, load: Load, history: History, tmp_path_factory: pytest.TempPathFactory
):
    place = tmp_path_factory.mktemp("split")
    load(history, APRIL, to=place / "whole")
    moments = [day.replace(tzinfo=UTC, microsecond=0) for day in days] + [APRIL]
    since = None
    for number, moment in enumerate(moments):
        if since is not None and since >= moment:
            continue
        news = append and number > 0
        load(
            known(history, moment, since if news else None), moment, HowToLoad(append=news), to=place / "lake"
        )
        since = moment
    assert rows_of(place / "lake") == rows_of(place / "whole")
    check_lake(place / "lake")


def changed(history: History, table: str, at: int, **values: object) -> History:
    other = deepcopy(history)
    other[table][at].update(values)
    return other


def test_a_rewritten_past_is_listed_and_refused(load: Load, history: History, lake: Path):
    load(known(history, MARCH), MARCH)
    before = content(lake)
    other = changed(history, "billing", 0, **DEARER)
    del other["services"][0]
    other["tickets"].append({**other["tickets"][0], "event_timestamp": datetime(2026, 1, 20, tzinfo=UTC)})
    with pytest.raises(RewrittenHistoryError) as caught:
        load(other, APRIL)
    assert [str(violation).partition("; rule")[0] for violation in caught.value.violations] == [
        "services, customer A, 2026-01-05, the row: is gone",
        "billing, customer A, 2026-01-05, MonthlyCharges, AvgMonthlyCharges: "
        "50.0, 50.0 before, 51.0, 51.0 now",
        "tickets, customer A, 2026-01-20, the row: was not there before",
    ]
    assert "3 times" in str(caught.value)
    assert "--accept-corrections" in str(caught.value)
    assert content(lake) == before


def test_an_append_that_contradicts_is_refused_and_one_that_agrees_adds_its_news(
    load: Load, history: History, lake: Path
):
    load(known(history, MARCH), MARCH)
    with pytest.raises(RewrittenHistoryError, match="52"):
        load({"billing": [{**history["billing"][0], "MonthlyCharges": 52.0}]}, APRIL, APPEND)
    load({"billing": [history["billing"][0], history["billing"][3]]}, APRIL, APPEND)
    assert read_manifest(lake).editions[-1].rows["billing"] == 1


def test_accepted_corrections_keep_both_rows(load: Load, history: History, lake: Path):
    load(known(history, MARCH), MARCH)
    load(changed(history, "billing", 0, **DEARER), APRIL, CORRECT)
    bills = [row for row in pq.read_table(lake / "billing.parquet").to_pylist() if row["tenure"] == 0]
    of_a = sorted(
        (row["created_timestamp"], row["MonthlyCharges"]) for row in bills if row["customerID"] == "A"
    )
    assert of_a == [(datetime(2026, 1, 5, tzinfo=UTC), 50.0), (APRIL, 51.0)]
    check_lake(lake)


def test_a_correction_with_its_own_date_needs_no_leave(load: Load, history: History, lake: Path):
    load(known(history, MARCH), MARCH)
    bill = history["billing"][0]
    corrected = {**bill, **DEARER, "created_timestamp": APRIL}
    load({"billing": [corrected]}, APRIL, APPEND)
    assert read_manifest(lake).editions[-1].rows["billing"] == 1


def test_what_cannot_be_the_next_edition_changes_nothing(load: Load, history: History, lake: Path):
    with pytest.raises(EditionError, match="There is no history in"):
        load(history, MARCH, APPEND)
    load(known(history, MARCH), MARCH)
    before = content(lake)
    late = deepcopy(history["billing"][3])
    late |= {
        "event_timestamp": datetime(2026, 6, 1, tzinfo=UTC),
        "created_timestamp": datetime(2026, 6, 1, tzinfo=UTC),
    }
    unknown = {**history["billing"][3], "customerID": "nobody"}
    june = datetime(2026, 6, 2, tzinfo=UTC)
    for given_rows, as_of, how, error, said in (
        (known(history, FEBRUARY), FEBRUARY, HowToLoad(), EditionError, "the next edition must be later"),
        (history, APRIL, HowToLoad(base="mobile"), BaseConflictError, "whose name is history"),
        ({"billing": [late]}, june, APPEND, EditionError, "load what lies between first"),
        ({"billing": [unknown]}, APRIL, APPEND, ContractError, "customerID is one of demographics"),
    ):
        with pytest.raises(error, match=said):
            load(given_rows, as_of, how)
        assert content(lake) == before

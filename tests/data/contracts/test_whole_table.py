from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from data.contracts.whole_table import broken_counts, duplicates, key_hashes, repeated
from data.lake_files.manifest import Facts
from data.lake_files.reading import to_frame
from data.schema import CHURN_EVENTS, TABLES, TIMESTAMP

NONE = dict.fromkeys(TABLES, 0)


def left(ids: list[str]) -> pd.DataFrame:
    clock = pa.array([datetime(2026, 1, 1 + i, tzinfo=UTC) for i in range(len(ids))], TIMESTAMP)
    columns = {"customerID": pa.array(ids, pa.string()), "event_timestamp": clock, "created_timestamp": clock}
    return to_frame(pa.table(columns))


@settings(max_examples=60)
@given(ids=st.lists(st.sampled_from("ABCDEF"), max_size=12), cut=st.integers(0, 12))
def test_repeated_keys_are_found_across_batches(ids: list[str], cut: int) -> None:
    frame = left(ids)
    batches = [batch for batch in (frame[:cut], frame[cut:]) if len(batch)]
    suspects = repeated([key_hashes(batch, ["customerID"]) for batch in batches])
    assert len(suspects) == sum(ids.count(i) > 1 for i in set(ids))
    found = duplicates(CHURN_EVENTS, ("customerID",), suspects, batches) if len(suspects) else []
    assert len(found) == len(ids) - len(set(ids))


def test_a_collision_of_hashes_is_not_reported() -> None:
    frame = left(["A", "B"])
    assert duplicates(CHURN_EVENTS, ("customerID",), key_hashes(frame, ["customerID"]), [frame]) == []


def test_a_repeated_key_reads_well() -> None:
    frame = left(["A", "A"])
    (found,) = duplicates(CHURN_EVENTS, ("customerID",), key_hashes(frame, ["customerID"]), [frame])
    assert str(found) == "churn_events, customer A, 2026-01-02, customerID: 'A'; rule: customerID stands once"


def test_no_batch_has_no_repeated_key() -> None:
    assert repeated([]).dtype == np.uint64


def said(rows: dict[str, int], facts: Facts) -> list[str]:
    return [str(violation) for violation in broken_counts({**NONE, **rows}, facts)]


def test_a_history_has_customers_and_no_given_labels(facts: Facts) -> None:
    assert said({"demographics": 2}, facts) == []
    assert said({}, facts) == ["demographics, rows: 0; rule: a base has at least one customer"]
    assert said({"demographics": 2, "labels": 1}, facts) == [
        "labels, rows: 1; rule: no row in a simulated base"
    ]


def test_a_snapshot_has_one_row_per_customer_and_no_events(snapshot_facts: Facts) -> None:
    full = dict.fromkeys(("demographics", "services", "billing", "labels", "tickets"), 5)
    assert said(full, snapshot_facts) == []
    assert said({**full, "churn_events": 1, "offers": 1, "billing": 4}, snapshot_facts) == [
        "churn_events, rows: 1; rule: no row in a snapshot base",
        "offers, rows: 1; rule: no row in a snapshot base",
        "billing, rows: 4; rule: one row per customer in a snapshot",
    ]


def test_tickets_agree_with_the_manifest(snapshot_facts: Facts) -> None:
    full = dict.fromkeys(("demographics", "services", "billing", "labels"), 5)
    assert said(full, replace(snapshot_facts, tickets=False)) == []
    assert said({**full, "tickets": 5}, replace(snapshot_facts, tickets=False)) == [
        "tickets, rows: 5; rule: no row in a snapshot base whose manifest says tickets: false"
    ]
    assert said(full, snapshot_facts) == ["tickets, rows: 0; rule: one row per customer in a snapshot"]

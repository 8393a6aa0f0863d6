from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from file_modes import mode
from shared_moments import NOW

from serving.decision.playbook.schema import Caps
from serving.decision.suppressed import SCHEMA, Entry, read_suppressed, write_suppressed
from serving.decision.suppressing import rows_to_suppress
from serving.errors import OfflineError, SuppressionError

CAPS = Caps(contacts_a_month=2, cooling_off_days=10)
DAY = timedelta(days=1)


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    """A table of the lake: keys, clocks (days before NOW) and texts."""
    for each in rows:
        event = NOW - each.pop("days", 100) * DAY
        learned = event + each.pop("late", 0) * DAY
        each |= {"event_timestamp": event, "created_timestamp": learned}
    pq.write_table(pa.Table.from_pylist(rows), path)


def consent(customer: str, channel: str, allowed: str, **others: Any) -> dict[str, Any]:
    return {"customerID": customer, "channel": channel, "allowed": allowed, **others}


def contact(customer: str, days: float, outcome: str = "reached") -> dict[str, Any]:
    return {"customerID": customer, "outcome": outcome, "days": days}


def suppressed(lake: Path, campaigns: Path | None = None) -> list[tuple[Any, ...]]:
    rows = rows_to_suppress(lake, NOW, CAPS, campaigns or lake / "no campaigns")
    assert rows.schema.equals(SCHEMA)
    return [tuple(row.values()) for row in rows.to_pylist()]


def test_without_tables_and_campaigns_nobody_is_suppressed(tmp_path: Path) -> None:
    assert suppressed(tmp_path) == []
    write_suppressed(tmp_path / "suppressed.parquet", rows_to_suppress(tmp_path, NOW, CAPS, tmp_path))
    assert read_suppressed(tmp_path / "suppressed.parquet").customers == {}
    assert read_suppressed(tmp_path / "nowhere.parquet").customers == {}


def test_the_latest_consent_of_each_channel_counts(tmp_path: Path) -> None:
    rows = [
        consent("A", "email", "No"),
        consent("B", "email", "No", days=90),
        consent("B", "email", "Yes", days=10),
        consent("C", "all", "No"),
        consent("D", "phone", "Yes"),
        consent("E", "sms", "No", days=-1),
        consent("F", "sms", "No", days=3, late=5),
    ]
    write(tmp_path / "consent.parquet", rows)
    assert suppressed(tmp_path) == [("A", "no_consent", "email", None), ("C", "do_not_contact", None, None)]


def test_contacts_close_for_some_days_and_for_the_month(tmp_path: Path) -> None:
    # NOW is noon of November 1st, so a contact of that morning is the only one of the month.
    rows = [contact("A", 9.5), contact("B", 10.5), contact("C", 3, "not reached"), contact("D", 0.1)]
    rows += [contact("E", 0.2), contact("E", 0.1, "refused"), contact("F", 0.7), contact("F", 0.1)]
    write(tmp_path / "contacts.parquet", rows)
    found = suppressed(tmp_path)
    assert [row[:2] for row in found] == [
        ("A", "cooling_off"),
        ("D", "cooling_off"),
        ("E", "cooling_off"),
        ("E", "monthly_cap"),
        ("F", "cooling_off"),
    ]
    assert found[0][3] == NOW + DAY / 2
    assert found[3][3] == datetime(2026, 12, 1, tzinfo=UTC)


def test_hold_outs_until_their_campaign_ends_and_control_groups_for_good(tmp_path: Path) -> None:
    for name, arms, ends in (
        ("spring", "offer holdout control", "2026-12-01"),
        ("summer", "holdout offer holdout", "2026-11-30"),
        ("over", "control holdout holdout", "2026-11-01"),
        (".begun-x", "", ""),
    ):
        (tmp_path / name).mkdir()
        (tmp_path / name / "plan.json").write_text(json.dumps({"ends": ends}))
        if name == ".begun-x":
            (tmp_path / name / "customers.parquet").touch()
            continue
        table = pa.table({"customerID": ["A", "B", "C"], "arm": arms.split(), "segment": ["x"] * 3})
        pq.write_table(table, tmp_path / name / "customers.parquet")
    found = suppressed(tmp_path / "no lake", tmp_path)
    until = {"C": None, "B": datetime(2026, 12, 1, tzinfo=UTC), "A": datetime(2026, 11, 30, tzinfo=UTC)}
    assert {(name, reason, end) for name, reason, _, end in found} == {
        ("A", "holdout", until["A"]),
        ("A", "holdout", None),
        ("B", "holdout", until["B"]),
        ("C", "holdout", until["A"]),
        ("C", "holdout", None),
    }
    (tmp_path / "spring" / "customers.parquet").write_text("no Parquet")
    with pytest.raises(SuppressionError, match="campaign spring in .* cannot be read"):
        suppressed(tmp_path / "no lake", tmp_path)


def test_a_table_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "consent.parquet").write_text("no Parquet")
    with pytest.raises(OfflineError, match="consent.parquet cannot be read"):
        suppressed(tmp_path)


@pytest.mark.usefixtures("umask")
def test_the_file_comes_back_as_it_was_written_and_is_private(tmp_path: Path) -> None:
    write(tmp_path / "consent.parquet", [consent("A", "email", "No"), consent("A", "sms", "No")])
    path = tmp_path / "out" / "suppressed.parquet"
    write_suppressed(path, rows_to_suppress(tmp_path, NOW, CAPS, tmp_path))
    assert mode(path) == 0o600
    entries = read_suppressed(path).customers
    assert entries == {"A": (Entry("no_consent", "email"), Entry("no_consent", "sms"))}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (pa.table({"customerID": ["A"]}), "cannot be read"),
        (
            pa.table({"customerID": ["A"], "reason": ["mood"], "channel": [None], "until": [None]}),
            "has the reason 'mood', which is none of do_not_contact, no_consent",
        ),
        (None, "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_used(content: pa.Table | None, message: str, tmp_path: Path) -> None:
    path = tmp_path / "suppressed.parquet"
    path.write_text("no Parquet") if content is None else pq.write_table(content, path)
    with pytest.raises(SuppressionError, match=message):
        read_suppressed(path)

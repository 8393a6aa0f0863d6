from __future__ import annotations

import logging
from pathlib import Path

import pyarrow as pa
import pytest
from counts import rise
from shared_moments import NOW
from small_playbooks import SHIPPED, written

from serving.counters import POLICY_FILES
from serving.decision.suppressed import SCHEMA, write_suppressed
from serving.live import policies as module
from serving.live.policies import Policies
from serving.settings import load_settings


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STAYLINE_PLAYBOOK", str(tmp_path / "playbook.yaml"))
    monkeypatch.setenv("STAYLINE_SUPPRESSED", str(tmp_path / "suppressed.parquet"))
    return tmp_path


def policies() -> Policies:
    return Policies(load_settings(), lambda: NOW)


def suppress(folder: Path, *customers: str) -> None:
    rows = [{"customerID": customer, "reason": "holdout"} for customer in customers]
    write_suppressed(folder / "suppressed.parquet", pa.Table.from_pylist(rows, SCHEMA))


def test_a_changed_file_is_taken_up_and_read_once(place: Path) -> None:
    written(place, lambda content: content.update(contact_cost=2))
    followed = policies()
    first = followed.look()
    assert first.playbook is not None
    assert (first.playbook.content.contact_cost, first.suppressed.customers) == (2, {})
    assert first.protected == ("gender", "SeniorCitizen", "Partner", "Dependents")
    assert followed.look() is first
    suppress(place, "A")
    second = followed.look()
    assert (second.playbook, list(second.suppressed.customers)) == (first.playbook, ["A"])
    written(place, lambda content: content.update(contact_cost=33))
    third = followed.look()
    assert third.playbook is not None
    assert (third.playbook.content.contact_cost, third.suppressed) == (33, second.suppressed)
    assert followed.notices == ()


def test_a_file_that_cannot_be_used_changes_nothing_and_is_told(
    place: Path, caplog: pytest.LogCaptureFixture
) -> None:
    written(place, lambda content: None)
    followed = policies()
    first = followed.look()
    path = place / "playbook.yaml"
    path.write_text(SHIPPED.read_text().replace("cost: 10", "cost: ten"))
    with caplog.at_level(logging.ERROR):
        assert rise(POLICY_FILES.name, followed.look) == {"refused": 1}
    assert followed.look() is first
    assert len(caplog.records) == 1
    [notice] = followed.notices
    assert "offers.discount.cost: 'ten' should be a valid number" in notice
    written(place, lambda content: content.update(contact_cost=3))
    assert rise(POLICY_FILES.name, followed.look) == {"taken": 1}
    assert followed.look() is not first
    assert followed.notices == ()


def test_without_a_playbook_nobody_is_contacted_until_there_is_one(place: Path) -> None:
    followed = policies()
    assert followed.look().playbook is None
    assert "playbook.yaml cannot be read" in followed.notices[0]
    written(place, lambda content: None)
    assert followed.look().playbook is not None


def test_without_knowing_who_is_suppressed_nobody_is_contacted(place: Path) -> None:
    written(place, lambda content: None)
    (place / "suppressed.parquet").write_text("no Parquet")
    followed = policies()
    assert followed.look().playbook is None
    assert "suppressed.parquet cannot be read" in followed.notices[0]
    suppress(place, "A")
    assert followed.look().playbook is not None


def test_a_suppression_file_that_has_gone_still_counts(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(place, lambda content: None)
    suppress(place, "A")
    followed = policies()
    followed.look()
    (place / "suppressed.parquet").unlink()
    assert list(followed.look().suppressed.customers) == ["A"]
    assert "has gone, so what it held still counts; put it back" in followed.notices[0]


def test_a_file_that_cannot_be_used_is_tried_again(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    followed = policies()
    followed.look()
    reads: list[Path] = []
    monkeypatch.setattr(followed._playbook, "_read", lambda path: reads.append(path))
    followed.look()
    assert reads == []
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.0)
    followed.look()
    assert len(reads) == 1

"""Feast's own commands, as a user types them, by a process in another time zone."""

from __future__ import annotations

import json
import re
import socket
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from house import REPO, House, everyone
from small_lakes import ROOT

pytestmark = pytest.mark.slow

# Not from an activated environment: the command by its path, as a Makefile calls it.
FEAST = str(Path(sys.executable).with_name("feast"))
PATIENCE = 600  # seconds; on a busy machine a command takes a minute to import Feast
NO_CHANGE = "No changes to registry\nNo changes to infrastructure"
LAST_INSIDE = datetime(2025, 12, 31, 23, tzinfo=UTC)
FIRST_OUTSIDE = datetime(2026, 1, 1, 1, tzinfo=UTC)


def start(house: House, *command: str, cwd: Path = ROOT, **more: str) -> subprocess.Popen[str]:
    plain = {"PATH": "/usr/bin:/bin", "HOME": str(house.folder), "TZ": "America/Bogota"}
    return subprocess.Popen(
        [FEAST, *command],
        cwd=cwd,
        env={**plain, **house.environment, **more},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> str:
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err
    assert "Traceback" not in err
    return re.sub(r"\x1b\[\d+m", "", out).strip()


def run(house: House, *command: str, cwd: Path = ROOT, **more: str) -> str:
    return finish(start(house, *command, cwd=cwd, **more))


@dataclass
class Session:
    """What a series of commands said and left behind, from the root and from inside the repository."""

    house: House
    said: dict[str, str] = field(default_factory=dict)
    definitions: list[dict[str, bytes]] = field(default_factory=list)
    stored: list[list[tuple[str, int]]] = field(default_factory=list)
    served: dict[str, Any] = field(default_factory=dict)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        house = House(tmp_path_factory.mktemp("session"), monkeypatch)
        house.write(_around_the_end())
        made = Session(house)
        at_once = [start(house, "-c", "feature_repo", "apply"), start(house, "apply", cwd=REPO)]
        made.said["apply"] = "\n".join(map(finish, at_once))
        made.definitions.append(_definitions(house))
        made.said["apply again"] = run(house, "apply", cwd=REPO)
        made.definitions.append(_definitions(house))
        run(house, "-c", "feature_repo", "materialize-incremental", "2026-01-01T00:00:00")
        made.stored.append(_stored(house, "demographics"))
        run(house, "materialize", "2025-12-01T00:00:00", "2026-01-01T00:00:00", cwd=REPO)
        made.stored.append(_stored(house, "billing"))
        made.said["plan"] = run(house, "-c", "feature_repo", "plan")
        made.said["list"] = run(house, "feature-views", "list", cwd=REPO)
        made.served = _served(house)
        run(house, "-c", "feature_repo", "teardown")
        yield made


def _around_the_end() -> dict[str, list[dict[str, Any]]]:
    """Two customers, whose rows lie an hour before and an hour after the end of the window."""
    rows = everyone(["in", "out"])
    for inside, outside in rows.values():
        inside["event_timestamp"] = inside["created_timestamp"] = LAST_INSIDE
        outside["event_timestamp"] = outside["created_timestamp"] = FIRST_OUTSIDE
    return rows


def _definitions(house: House) -> dict[str, bytes]:
    return {
        view.name: view.to_proto().spec.SerializeToString(deterministic=True)
        for view in house.store().list_feature_views()
    }


def _stored(house: House, view: str) -> list[tuple[str, int]]:
    connection = sqlite3.connect(house.database)
    rows = connection.execute(f"SELECT customerID, event_ts FROM stayline_{view}").fetchall()
    connection.close()
    return rows


def test_two_applies_at_once_from_two_folders_lose_nothing(session: Session) -> None:
    assert session.said["apply"].count("Applying changes for project stayline") == 2
    assert set(session.definitions[0]) == {"demographics", "services", "billing", "tickets"}


def test_applying_again_changes_nothing(session: Session) -> None:
    assert session.definitions[1] == session.definitions[0]


def test_nothing_is_left_to_change_after_materializing_either(session: Session) -> None:
    assert session.said["plan"] == NO_CHANGE


def test_both_kinds_of_materialize_write_utc_from_a_window_in_utc(session: Session) -> None:
    inside = [("in", int(LAST_INSIDE.timestamp()) * 1_000_000)]
    assert session.stored == [inside, inside]


def test_materialized_views_are_listed_as_served(session: Session) -> None:
    assert session.said["list"].count("AVAILABLE_ONLINE") == 4


def test_feast_serve_answers_from_it(session: Session) -> None:
    names = session.served["metadata"]["feature_names"]
    tenure = session.served["results"][names.index("tenure")]
    assert tenure["values"] == [0, None]
    assert tenure["statuses"] == ["PRESENT", "NOT_FOUND"]


def test_teardown_removes_the_store_and_the_views(session: Session) -> None:
    assert not session.house.database.exists()
    assert session.house.store().list_feature_views() == []


def test_by_default_state_lies_in_the_repository(
    house: House, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    house.write(everyone(["A"]))
    copy = tmp_path / "copy"
    copy.mkdir()
    (copy / "feature_store.yaml").write_text((REPO / "feature_store.yaml").read_text())
    (copy / "definitions.py").write_text("from feature_repo.definitions import *\n")
    # Libraries leave caches in the home folder; those are not Feast's state.
    home = str(tmp_path_factory.mktemp("home"))
    nowhere = {"STAYLINE_REGISTRY": "", "STAYLINE_ONLINE_STORE": "", "HOME": home}
    run(house, "-c", "copy", "apply", cwd=tmp_path, **nowhere)
    listed = run(house, "feature-views", "list", cwd=copy, **nowhere)
    assert listed.count("FeatureView") == 4
    made = {path.name for path in (copy / "data").iterdir()}
    assert made == {"registry.db", "registry.db.lock", "registry.db.services.json", "online.db"}
    assert {path.name for path in tmp_path.iterdir()} == {"copy", "lake"}


def test_applying_without_a_lake_warns_and_works(house: House) -> None:
    process = start(house, "-c", "feature_repo", "apply")
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert f"{house.lake / 'billing.parquet'}" in err
    assert "Traceback" not in err
    assert set(_definitions(house)) == {"demographics", "services", "billing", "tickets"}


def test_our_errors_are_one_sentence_and_status_1(house: House) -> None:
    process = start(house, "-c", "feature_repo", "apply", STAYLINE_LAKE="data/lake")
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert err.splitlines()[-1].startswith("Error: STAYLINE_LAKE is 'data/lake'; give an absolute path")
    assert "Traceback" not in err


def _served(house: House) -> dict[str, Any]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = start(house, "-c", "feature_repo", "serve", "--host", "127.0.0.1", "--port", str(port))
    assert process.stderr is not None
    try:
        listening = any("startup complete" in line for line in iter(process.stderr.readline, ""))
        assert listening, "feast serve ended before it listened"
        return _ask(port, {"feature_service": "churn_v1", "entities": {"customerID": ["in", "nobody"]}})
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE)


def _ask(port: int, question: Mapping[str, Any]) -> dict[str, Any]:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/get-online-features",
        json.dumps(question).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as response:
        answer: dict[str, Any] = json.load(response)
    return answer

"""What a model is trained on is what it is served with: offline features equal online features."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from house import REPO, House, at
from other_stores import repo_on
from small_lakes import telecom_rows

from serving.features.feature_status import Status
from serving.features.materialize import materialize
from serving.features.online_features import OnlineStore
from serving.model.signature import signature_of

MOMENT = at("2025-12-01")
SAMPLE = 200


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    return House(tmp_path, monkeypatch)


@pytest.fixture(params=["our store", "feast's sqlite store"])
def repo(request: pytest.FixtureRequest, house: House, tmp_path: Path) -> Path:
    house.write(_rows(), data_until="2025-12-01")
    made = REPO
    if request.param != "our store":
        made = repo_on(tmp_path / "repo", {"type": "sqlite", "path": str(tmp_path / "other.db")})
    house.apply(repo=made)
    return made


def _rows() -> dict[str, list[dict[str, Any]]]:
    """A telecom with bills that have expired, are null, came late, or are not there at all."""
    random = np.random.default_rng(5)
    rows = telecom_rows(customers=SAMPLE)
    rows["churn_events"] = []
    last = [line for line in rows["billing"] if line["event_timestamp"] == at("2025-09-30")]
    for line in last:
        if random.random() < 0.3:
            line["MonthlyChargesChange3m"] = None
        if random.random() < 0.3:  # one day too old at MOMENT
            line["event_timestamp"] = at("2025-09-29")
        line["created_timestamp"] = line["event_timestamp"] + pd.Timedelta(days=int(random.integers(0, 50)))
    rows["billing"] += [
        {**line, "event_timestamp": at("2025-10-31"), "tenure": 70, "created_timestamp": at("2025-11-30")}
        for line in last
        if random.random() < 0.3
    ]
    rows["tickets"] = [line for line in rows["tickets"] if random.random() < 0.5]
    return rows


def test_offline_features_are_online_features(house: House, repo: Path) -> None:
    for end in (at("2025-10-15"), MOMENT):  # what the first run wrote expires before the second
        materialize(repo, end=end, now=lambda: MOMENT)
    customers = [f"{number:04d}-TESTA" for number in range(SAMPLE)] + ["nobody"]
    offline = _offline(house, repo, customers)
    online = OnlineStore(repo).features(signature_of(), now=lambda: MOMENT).read(customers)
    assert [features.values for features in online] == offline
    statuses = {features.status(name) for features in online for name in features.names}
    assert statuses == set(Status), "the sample holds every case"


def _offline(house: House, repo: Path, customers: list[str]) -> list[dict[str, Any]]:
    entities = pd.DataFrame({"customerID": customers, "event_timestamp": pd.Timestamp(MOMENT)})
    store = house.store(repo)
    job = store.get_historical_features(
        entities, store.get_feature_service("churn_v1"), filter_by_created_timestamp=True
    )
    names = signature_of().names
    rows = {row["customerID"]: row for row in job.to_arrow().to_pylist()}
    return [{name: rows[customer][name] for name in names} for customer in customers]

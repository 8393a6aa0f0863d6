from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from asgi_client import Client
from small_cards import FIGURES

from serving.card.metadata import ModelMetadata
from serving.http.runtime import Runtime
from serving.scoring.model_facts import model_facts
from serving.scoring.served import Challenge, Served


def other(served: Served, registered: ModelMetadata, rows: int) -> Served:
    """A model that was judged on so many rows, as the challenger."""
    card = registered.card
    changed = card.model_copy(
        update={"data": card.data.model_copy(update={"rows": rows, "features": ("x",)})}
    )
    metadata = registered.model_copy(update={"card": changed})
    facts = model_facts("churn:y", datetime(2026, 11, 2, tzinfo=UTC), metadata, served.signature, [])
    return replace(served, facts=facts, role="challenger")


@pytest.mark.parametrize(("mode", "share"), [("split", 0.25), ("shadow", None)])
def test_the_challenger_is_told_beside_the_champion(
    mode: Any, share: float | None, client: Client, runtime: Runtime, registered: ModelMetadata
) -> None:
    assert client.post("/model", json={}).json()["challenger"] is None
    served = runtime.current()
    challenger = other(served, registered, registered.card.data.rows)
    runtime.served = replace(served, challenge=Challenge(challenger, mode, share))
    answer = client.post("/model", json={"language": "es"}).json()
    told = answer["challenger"]
    assert answer["model"] == "churn:x"
    assert (told["model"], told["mode"], told["share"]) == ("churn:y", mode, share)
    assert told["registered"] == "2026-11-02T00:00:00Z"
    assert told["arm"] == {"sampler": "none", "classifier": "lightgbm"}
    assert {name: figure["estimate"] for name, figure in told["figures"].items()} == {
        name: estimate for name, (estimate, _, _) in FIGURES.items()
    }
    assert told["same_data"] is True


def test_figures_of_other_rows_are_told_as_such(
    client: Client, runtime: Runtime, registered: ModelMetadata
) -> None:
    served = runtime.current()
    challenger = other(served, registered, registered.card.data.rows + 1)
    runtime.served = replace(served, challenge=Challenge(challenger, "shadow", None))
    assert client.post("/model", json={}).json()["challenger"]["same_data"] is False


def test_a_replay_tells_from_when_ages_count(client: Client, runtime: Runtime) -> None:
    assert client.post("/model", json={}).json()["as_of"] is None
    moment = datetime(2025, 11, 1, tzinfo=UTC)
    runtime.settings = runtime.settings.model_copy(update={"as_of": moment})
    assert client.post("/model", json={}).json()["as_of"] == "2025-11-01T00:00:00Z"

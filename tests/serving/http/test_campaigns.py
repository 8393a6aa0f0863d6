"""The list of campaigns: their states, what a readout says, and what cannot be read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from small_campaigns import planned, write_every_state
from small_playbooks import playbook
from small_service import Client

from serving.campaigns.campaign_files import write_campaign
from serving.decision.places import CAMPAIGNS_ENV
from serving.decision.policy import Policy
from serving.http.runtime import Runtime
from serving.http.schemas.campaign_answer import CampaignsAnswer
from serving.settings import Settings

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"as_of": NOW})


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(CAMPAIGNS_ENV, str(tmp_path / "campaigns"))
    return tmp_path / "campaigns"


@pytest.fixture
def ask(client: Client, folder: Path) -> Callable[..., dict[str, Any]]:
    """The answer, which fits its description, once every state is there."""
    write_every_state(folder, NOW.date())

    def asked(**body: Any) -> dict[str, Any]:
        answer = client.post("/campaigns", json=body)
        assert answer.status_code == 200
        assert CampaignsAnswer.model_validate_json(answer.content, strict=True)
        return dict(answer.json())

    return asked


def test_the_last_to_start_comes_first_with_its_state(ask: Callable[..., dict[str, Any]]) -> None:
    answer = ask()
    assert [(one["name"], one["state"]) for one in answer["campaigns"]] == [
        ("ahead", "planned"),
        ("running", "running"),
        ("over", "over"),
        ("spring", "read_out"),
        ("torn_readout", "over"),
    ]
    assert (answer["today"], answer["language"]) == ("2026-11-01", "en")


@pytest.mark.parametrize(
    ("begun", "state"), [(-1, "planned"), (0, "running"), (119, "running"), (120, "over")]
)
def test_a_campaign_runs_from_its_first_day_to_its_last(
    begun: int, state: str, client: Client, folder: Path
) -> None:
    write_campaign(folder, planned([{}], starts=NOW.date() - timedelta(days=begun)))
    (told,) = client.post("/campaigns", json={}).json()["campaigns"]
    assert told["state"] == state


def test_what_was_planned_is_told(ask: Callable[..., dict[str, Any]], runtime: Runtime) -> None:
    told = ask()["campaigns"][0]
    assert told == {
        "name": "ahead",
        "state": "planned",
        "planned_at": "2025-12-01T00:00:00Z",
        "starts": "2026-11-11",
        "ends": "2027-03-11",
        "model": "churn:one",
        "effects": "measured",
        "customers": {"offer": 1, "holdout": 1, "control": 1},
        "offers": [
            {"key": "discount", "name": "discount", "customers": 1},
            {"key": "no_more_made", "name": "no_more_made", "customers": 0},
        ],
        "budget": 1000.0,
        "expected_cost": 100.0,
        "expected_profit": 100.0,
        "churn": 0.2,
        "expected_fall": 0.25,
        "smallest_fall": 0.4,
        "readout": None,
    }


def test_what_a_readout_says_is_told_in_the_language(ask: Callable[..., dict[str, Any]]) -> None:
    told = ask(language="es")["campaigns"][3]["readout"]
    assert (told["verdict"], told["verdict_text"], told["warnings"]) == (
        "better",
        "funcionó",
        ["sin motivos"],
    )
    assert told["churn"] == {
        "offered": 0.1,
        "held_out": 0.15,
        "difference": {"value": -0.05, "low": -0.08, "high": -0.02},
        "offered_customers": 1000,
        "held_out_customers": 500,
    }
    assert (told["kept"]["value"], told["profit"]["low"], told["cost"]) == (50, -100, 700)
    assert [(part["name"], part["label"]) for part in told["segments"]] == [("New", "Nuevos")]
    discount, small, nobody = told["offers"]
    assert (discount["verdict_text"], small["verdict_text"]) == ("funcionó", "aún no se sabe")
    assert small["churn"]["difference"] == {"value": -0.25, "low": None, "high": None}
    assert nobody["churn"] is None


def test_an_offer_has_the_name_that_the_playbook_gives_it(
    ask: Callable[..., dict[str, Any]], runtime: Runtime, tmp_path: Path
) -> None:
    def of_these_features(content: dict[str, Any]) -> None:
        content["offers"] = {"discount": content["offers"]["discount"] | {"eligible": {}}}
        content["exploration"]["offers"] = []

    runtime.current().scoring.decide_by(Policy(playbook(tmp_path, of_these_features)))
    told = ask(language="es")["campaigns"]
    assert [offer["name"] for offer in told[0]["offers"]] == ["Descuento", "no_more_made"]
    assert told[3]["readout"]["offers"][0]["label"] == "Descuento"


def test_what_cannot_be_read_is_named(ask: Callable[..., dict[str, Any]]) -> None:
    torn_plan, torn_readout = ask()["unreadable"]
    assert torn_plan["name"] == "torn_plan"
    assert torn_plan["message"].endswith("plan.json cannot be read; put the file back from a copy")
    assert torn_readout["name"] == "torn_readout"
    assert "readout.json cannot be read" in torn_readout["message"]


def test_a_folder_without_files_is_named(client: Client, folder: Path) -> None:
    (folder / "empty").mkdir(parents=True)
    answer = client.post("/campaigns", json={}).json()
    assert [one["name"] for one in answer["unreadable"]] == ["empty"]
    assert answer["campaigns"] == []


def test_without_campaigns_both_lists_are_empty(client: Client, folder: Path) -> None:
    answer = client.post("/campaigns", json={}).json()
    assert (answer["campaigns"], answer["unreadable"]) == ([], [])


@pytest.mark.parametrize(("body", "field"), [({"language": "fr"}, "language"), ({"name": "a"}, "name")])
def test_what_cannot_be_asked(body: dict[str, Any], field: str, client: Client) -> None:
    answer = client.post("/campaigns", json=body)
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, field)

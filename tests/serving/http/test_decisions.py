from __future__ import annotations

from pathlib import Path

import pytest
from small_playbooks import offer, playbook
from small_service import Client

from serving.decision.policy import Policy
from serving.decision.suppressed import Entry, Suppressed
from serving.http.runtime import Runtime

GIFT = {"gift": offer(cost=0, name={"en": "Gift", "es": "Regalo"})}


@pytest.fixture
def policy(tmp_path: Path, runtime: Runtime) -> Policy:
    """A gift for everybody whose risk is not low, and one customer who is held out."""

    def change(content: dict[str, object]) -> None:
        content |= {"offers": GIFT, "exploration": {"share": 0, "offers": []}}

    made = Policy(playbook(tmp_path, change), Suppressed({"8000": (Entry("holdout"),)}))
    runtime.loaded().scoring.decide_by(made)
    return made


def test_without_a_playbook_the_answer_says_so(client: Client) -> None:
    decision = client.post("/score", json={"customerID": "7590"}).json()["decision"]
    assert decision == {
        "contact": False,
        "offer": None,
        "offer_name": None,
        "why": "the playbook or the suppression file cannot be used; readiness says why",
        "effect": "assumed",
        "threshold": None,
        "expected_profit": 0.0,
    }


@pytest.mark.usefixtures("policy")
@pytest.mark.parametrize("body", [{}, {"reasons": 1}, {"values": True}])
def test_a_decision_is_told_in_the_language(client: Client, body: dict[str, object]) -> None:
    answer = client.post("/score", json={"customerID": "7590", **body}).json()
    decision = answer["decision"]
    assert (decision["contact"], decision["offer"], decision["offer_name"]) == (True, "gift", "Gift")
    worth = 200 * 70.0 / 65
    assert decision["expected_profit"] == pytest.approx(0.3 * answer["probability"] * worth - 1)
    assert "assumed, not measured" in decision["why"]
    spanish = client.post("/score", json={"customerID": "7590", "language": "es", **body}).json()["decision"]
    assert (spanish["offer_name"], "supuesto, no medido" in spanish["why"]) == ("Regalo", True)


@pytest.mark.usefixtures("policy")
@pytest.mark.parametrize("reasons", [0, 1])
def test_many_and_one_decide_alike(client: Client, reasons: int) -> None:
    ids = ["7590", "8000", "nobody", "7590"]
    body = {"customerIDs": ids, "reasons": reasons, "language": "es"}
    results = client.post("/score_many", json=body).json()["results"]
    alone = [client.post("/score", json={"customerID": each, "language": "es"}).json() for each in ids[:2]]
    assert [each["decision"] for each in results[:2]] == [each["decision"] for each in alone]
    assert results[1]["decision"]["why"] == "el cliente está en el grupo de control de una campaña"
    assert "decision" not in results[2]


def test_another_playbook_counts_from_the_next_request(
    client: Client, runtime: Runtime, policy: Policy
) -> None:
    assert client.post("/score", json={"customerID": "7590"}).json()["decision"]["contact"]
    runtime.loaded().scoring.decide_by(Policy(policy.playbook, Suppressed({"7590": (Entry("dunning"),)})))
    decision = client.post("/score", json={"customerID": "7590"}).json()["decision"]
    assert (decision["contact"], decision["why"][:17]) == (False, "a bill is overdue")

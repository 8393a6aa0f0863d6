from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from asgi_client import Client
from small_playbooks import playbook
from small_scores import write_scores

from serving.at_risk.scores_file import COLUMNS, SCORES_ENV
from serving.decision.bands import WITHOUT_THRESHOLD
from serving.decision.policy import Policy
from serving.errors import ModelError
from serving.http.api import build_app
from serving.http.guard.guard import Guard
from serving.http.runtime import Runtime
from serving.language.language import Language
from serving.model.churn_model import ChurnModel
from serving.model.scorer import Scorer
from serving.registry import pointers
from serving.registry.pointers import ChallengerPointer, Pointer
from serving.scoring.scoring import Scoring
from serving.scoring.served import Served
from serving.scoring.what_if import WhatIf
from serving.settings import load_settings

MakeClient = Callable[[datetime], Client]


class NoStore:
    """These endpoints ask no online store."""

    def base(self) -> str | None:
        raise AssertionError

    def read(self, customer_ids: object) -> Any:
        raise AssertionError

    read_one = read


@pytest.fixture
def scores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(SCORES_ENV, str(tmp_path / "scores.parquet"))
    return write_scores(tmp_path / "scores.parquet")


@pytest.fixture
def make_client(scores: Path, build_model: Callable[[str], ChurnModel]) -> MakeClient:
    return lambda now: client_at(now, build_model)


@pytest.fixture
def client(make_client: MakeClient) -> Client:
    return make_client(datetime(2026, 11, 2, tzinfo=UTC))


def client_at(now: datetime, build_model: Callable[[str], ChurnModel]) -> Client:
    runtime = runtime_at(now, build_model)
    return Client(Guard(build_app(runtime), runtime))


def runtime_at(now: datetime, build_model: Callable[[str], ChurnModel]) -> Runtime:
    settings = load_settings().model_copy(update={"as_of": now})
    scoring = Scoring(
        Scorer(build_model("logistic"), "churn:x", WITHOUT_THRESHOLD),
        NoStore(),
        base="base",
        refuse_expired=False,
        max_unknown_share=1.0,
    )
    return Runtime(settings, Served(scoring, WhatIf(scoring), {}))


def test_those_most_at_risk_first(client: Client) -> None:
    answer = client.post("/at_risk", json={}).json()
    assert [row["customerID"] for row in answer["rows"]] == ["B", "D", "C"]
    assert answer["rows"][0] == {
        "customerID": "B",
        "probability": 0.6,
        "band": "high",
        "segment_id": 0,
        "segment": "new",
        "contract": "Month-to-month",
        "monthly_charges": 30.0,
        "tenure": 3,
        "left": False,
        "unknown_share": 0.0,
        "contact": True,
        "offer": "discount",
        "expected_profit": 12.5,
        "why": Language("en").say("decision.pays_assumed"),
        "effect": "assumed",
        "threshold": 0.25,
    }
    assert (answer["total"], answer["customers"], answer["left"]) == (3, 4, 1)
    assert (answer["as_of"], answer["model"], answer["current"]) == ("2026-11-01T00:00:00Z", "churn:x", True)
    assert answer["filters"] == {
        "segments": [{"id": 0, "name": "new"}, {"id": 1, "name": "loyal"}],
        "contracts": ["Month-to-month", "One year"],
    }


def test_pages_of_what_the_filters_let_through(client: Client) -> None:
    asked = {"contract": "Month-to-month", "limit": 1}
    pages = [client.post("/at_risk", json={**asked, "offset": offset}).json() for offset in (0, 1, 2)]
    assert [[row["customerID"] for row in page["rows"]] for page in pages] == [["B"], ["D"], []]
    assert {page["total"] for page in pages} == {2}


def test_a_list_of_another_model_is_told_apart(client: Client, scores: Path) -> None:
    write_scores(scores, model="churn:older")
    answer = client.post("/at_risk", json={}).json()
    assert (answer["current"], answer["other_model"], answer["too_old"]) == (False, True, False)


@pytest.mark.parametrize(("age", "current"), [(40.0, True), (40.1, False), (120.0, False)])
def test_an_old_list_is_not_current(scores: Path, make_client: MakeClient, age: float, current: bool) -> None:
    client = make_client(datetime(2026, 11, 1, tzinfo=UTC) + timedelta(days=age))
    answer = client.post("/at_risk", json={}).json()
    assert (answer["current"], answer["too_old"], answer["other_model"]) == (current, not current, False)
    assert answer["age_days"] == age


def test_of_whom_too_little_is_known_is_told_apart(client: Client, scores: Path) -> None:
    write_scores(scores, too_little_known=["A", "D"])
    answer = client.post("/at_risk", json={}).json()
    assert [row["customerID"] for row in answer["rows"]] == ["B", "C"]
    assert (answer["total"], answer["customers"], answer["left"], answer["unscored"]) == (2, 4, 1, 1)
    asked = {"include_unscored": True, "sort": "probability"}
    for descending in (True, False):
        rows = client.post("/at_risk", json={**asked, "descending": descending}).json()["rows"]
        assert [row["customerID"] for row in rows][2] == "D"
    told = {name: rows[2][name] for name in ("probability", "band", "segment", "unknown_share")}
    assert told == {"probability": None, "band": None, "segment": None, "unknown_share": 0.8}
    assert answer["filters"]["segments"] == [{"id": 0, "name": "new"}]
    text = client.post("/at_risk_csv", json={}).content.decode()
    assert ["D" in line[:3] for line in text.splitlines()] == [False] * 3


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 1001}, "limit"),
        ({"offset": -1}, "offset"),
        ({"sort": "customer"}, "sort"),
        ({"band": "x"}, "band"),
        ({"segment": "1"}, "segment"),
        ({"segment": -1}, "segment"),
        ({"segment": 2**63}, "segment"),
        ({"colour": "blue"}, "colour"),
    ],
)
def test_what_cannot_be_asked(body: dict[str, Any], field: str, client: Client) -> None:
    answer = client.post("/at_risk", json=body)
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, field)


@pytest.mark.parametrize("path", ["/at_risk", "/at_risk_csv"])
def test_without_a_list_it_says_how_to_make_one(path: str, client: Client, scores: Path) -> None:
    scores.unlink()
    answer = client.post(path, json={})
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "no_scores")
    assert f"run `python -m serving score --all --out {scores}`" in answer.json()["error"]["message"]


LOT = "by lot: a small share is offered something so that effects can be measured"


def test_decisions_are_listed_in_the_language(client: Client) -> None:
    row = client.post("/at_risk", json={"contact": True, "language": "es"}).json()["rows"][0]
    assert {name: row[name] for name in ("customerID", "contact", "offer", "expected_profit", "effect")} == {
        "customerID": "B",
        "contact": True,
        "offer": "discount",
        "expected_profit": 12.5,
        "effect": "assumed",
    }
    assert row["why"].startswith("esta oferta compensa")
    ids = [each["customerID"] for each in client.post("/at_risk", json={"contact": False}).json()["rows"]]
    assert ids == ["C"]
    best = client.post("/at_risk", json={"sort": "expected_profit"}).json()["rows"]
    assert [each["expected_profit"] for each in best] == [30.0, 12.5, 0.0]


def test_the_whole_list_as_csv(client: Client) -> None:
    answer = client.post("/at_risk_csv", json={"segment": 1, "include_left": True})
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="at_risk.csv"'
    heading, *lines = csv.reader(answer.content.decode("utf-8-sig").splitlines())
    assert heading == list(COLUMNS)
    assert lines == [
        ["A", "0.9", "high", "1", "loyal", "One year", "20", "40", "true", "0"]
        + ["false", "", "0", "the customer is in the hold-out of a campaign", "assumed", "0.25"],
        ["D", "0.6", "high", "1", "loyal", "Month-to-month", "90", "12", "false", ""]
        + ["true", "support_call", "30", LOT, "assumed", "0.25"],
    ]


def test_segments_are_told_in_the_language(client: Client) -> None:
    answer = client.post("/segments", json={"language": "es"}).json()
    assert answer["segments"] == [
        {"id": 0, "name": "new", "label": "Nuevos", "profile": {"customers": 120}, "offers": None},
        {"id": 1, "name": "loyal", "label": "Fieles", "profile": {"customers": 80}, "offers": None},
    ]
    assert (answer["language"], answer["model"]) == ("es", "churn:x")


def test_a_segment_has_the_offers_that_the_playbook_allows_it_today(
    scores: Path, tmp_path: Path, build_model: Callable[[str], ChurnModel]
) -> None:
    def of_one_segment(content: dict[str, Any]) -> None:
        discount = content["offers"]["discount"] | {"eligible": {}}
        content["offers"] = {
            "discount": discount,
            "of_the_new": discount | {"eligible": {"segments": ["new"]}},
            "to_come": discount | {"valid_from": "2026-12-01"},
        }
        content["exploration"]["offers"] = []

    runtime = runtime_at(datetime(2026, 11, 2, tzinfo=UTC), build_model)
    runtime.current().scoring.decide_by(Policy(playbook(tmp_path, of_one_segment)))
    answer = Client(Guard(build_app(runtime), runtime)).post("/segments", json={"language": "es"}).json()
    told = {segment["name"]: segment["offers"] for segment in answer["segments"]}
    everybody = {"key": "discount", "name": "Descuento"}
    assert told == {"new": [everybody, {"key": "of_the_new", "name": "Descuento"}], "loyal": [everybody]}


def test_champions_are_told_newest_first(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    made = [
        Pointer(
            number=1,
            action="promote",
            tag="churn:w",
            who="ana",
            why="first",
            when=datetime(2026, 1, 1, tzinfo=UTC),
        ),
        Pointer(
            number=2,
            action="promote",
            tag="churn:x",
            who="ben",
            why="better",
            overruled=("not_worse",),
            when=datetime(2026, 2, 1, tzinfo=UTC),
        ),
    ]
    monkeypatch.setattr(pointers, "champion_history", lambda: made)
    answer = client.post("/history", json={}).json()
    assert [one["tag"] for one in answer["champions"]] == ["churn:x", "churn:w"]
    assert answer["champions"][1]["when"] == "2026-01-01T00:00:00Z"
    assert answer["champions"][0]["overruled"] == ["not_worse"]
    assert (answer["served"], answer["challenger"]) == ("churn:x", None)


def test_challenges_are_told_newest_first(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    made = [
        ChallengerPointer(
            number=number,
            action="challenge" if mode else "withdraw",
            tag="churn:y",
            who="ana",
            why="try it",
            when=datetime(2026, number, 1, tzinfo=UTC),
            mode=mode,
            share=0.1 if mode else None,
            champion_number=1,
        )
        for number, mode in ((1, "split"), (2, None))
    ]
    monkeypatch.setattr(pointers, "challenger_history", lambda: made)
    told = client.post("/history", json={}).json()["challenges"]
    assert [(one["action"], one["mode"], one["share"]) for one in told] == [
        ("withdraw", None, None),
        ("challenge", "split", 0.1),
    ]
    assert told[1]["when"] == "2026-01-01T00:00:00Z"


def test_without_champions_the_history_is_empty(client: Client, model_store: Path) -> None:
    assert client.post("/history", json={}).json()["champions"] == []
    assert client.post("/history", json={}).json()["challenges"] == []


def test_a_whole_number_may_be_written_with_a_point(client: Client) -> None:
    told = [client.post("/at_risk", json={"limit": most}).status_code for most in (2.0, 2.5)]
    assert told == [200, 400]


def test_a_model_store_that_cannot_be_read_is_told(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> list[Pointer]:
        raise ModelError("the model store at /srv cannot be read")

    monkeypatch.setattr(pointers, "champion_history", broken)
    response = client.post("/history", json={})
    assert response.status_code == 503
    assert "cannot be read" in response.json()["error"]["message"]

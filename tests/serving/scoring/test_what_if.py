from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

import httpx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lightgbm import LGBMClassifier
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from small_cards import small_card, small_thresholds
from small_models import synthetic_features, whole_model
from xgboost import XGBClassifier

from serving.card.metadata import ModelMetadata
from serving.decision.bands import WITHOUT_THRESHOLD
from serving.explain.reasons import reasons
from serving.features.feature_status import StatusRules
from serving.features.online_features import CustomerFeatures, FeatureColumns
from serving.features.raw_columns import RawColumns, RawRow
from serving.http.api import build_app
from serving.http.guard.guard import Guard
from serving.http.runtime import Runtime
from serving.model.churn_model import ChurnModel
from serving.model.classifiers.classifier import wrap
from serving.model.scorer import Scorer
from serving.scoring.model_facts import model_facts
from serving.scoring.scoring import Scoring
from serving.scoring.served import Served
from serving.scoring.what_if import WhatIf
from serving.settings import load_settings

NOW = 1_793_491_200 * 1_000_000
KINDS: dict[str, Callable[[], Any]] = {
    "lightgbm": lambda: LGBMClassifier(n_estimators=5, verbose=-1, n_jobs=1),
    "xgboost": lambda: XGBClassifier(n_estimators=5, n_jobs=1),
    "extra_trees": lambda: ExtraTreesClassifier(5, min_samples_leaf=3, random_state=0),
    "random_forest": lambda: RandomForestClassifier(5, min_samples_leaf=3, random_state=0),
    "logistic": lambda: make_pipeline(StandardScaler(), LogisticRegression(max_iter=300)),
}
GOOD = {"Contract": "Month-to-month", "InternetService": "DSL", "OnlineBackup": "Yes", "tenure": 10}
BILLS = {
    "MonthlyCharges": 50.0,
    "TotalCharges": 400.0,
    "AvgMonthlyCharges": 40.0,
    "MonthlyChargesVsAvg": 10.0,
}


@cache
def model_of(kind: str) -> ChurnModel:
    model = whole_model()
    frame = synthetic_features(model.signature)
    churned = (frame["tenure"].fillna(0) + 20 * (frame["Contract"] != "Month-to-month") < 35).astype(int)
    return replace(model, classifier=wrap(KINDS[kind]().fit(model.encoder.encode_frame(frame), churned)))


class Store:
    """Customers 0 to 299 are the rows of `synthetic_features`; "g" is worked by hand; others are unknown."""

    def __init__(self, model: ChurnModel) -> None:
        self.names = model.signature.names
        self.rules = StatusRules(model.signature)
        frame = synthetic_features(model.signature)
        rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
        self.rows: dict[str, dict[str, Any]] = {str(number): row for number, row in enumerate(rows)}
        self.rows["g"] = dict.fromkeys(self.names) | GOOD | BILLS

    def base(self) -> str | None:
        return "base"

    def read(self, customer_ids: Sequence[str]) -> FeatureColumns:
        rows = [self._row(customer_id) for customer_id in customer_ids]
        return self.rules.judge(customer_ids, RawColumns.of(rows), NOW)

    def read_one(self, customer_id: str) -> CustomerFeatures:
        return self.read([customer_id])[0]

    def _row(self, customer_id: str) -> RawRow:
        row = self.rows.get(customer_id)
        values = [None if row is None else row[name] for name in self.names]
        return values, (None if row is None else NOW,) * 4


class Client:
    """Posts to the application of a model."""

    def __init__(self, kind: str) -> None:
        self.model, asked = model_of(kind), load_settings()
        scorer = Scorer(self.model, "churn:x", WITHOUT_THRESHOLD)
        scoring = Scoring(scorer, Store(self.model), base="base", refuse_expired=False, max_unknown_share=1.0)
        what_if, signature = WhatIf(scoring), self.model.signature
        metadata = ModelMetadata.parse_mapping(
            {
                "card": small_card("base", signature.names),
                "thresholds": small_thresholds(),
                "dataset_fingerprint": "d" * 64,
                "feature_service": signature.feature_service,
                "feature_service_fingerprint": signature.fingerprint,
                "arm": {"sampler": "none", "classifier": kind},
                "metrics": {},
                "seed": 7,
                "library_versions": {},
                "provenance": {
                    "git_commit": "0" * 40,
                    "git_changed": False,
                    "registered_by": "ann",
                    "registered_at": "2026-11-01T08:00:00+00:00",
                },
            }
        )
        moment, changeable = datetime(2026, 11, 1, tzinfo=UTC), what_if.rules.changeable.values()
        facts = model_facts("churn:x", moment, metadata, signature, changeable)
        patient = asked.model_copy(update={"read_timeout_seconds": 30.0})
        runtime = Runtime(patient, Served(scoring, what_if, facts))
        self._app = Guard(build_app(runtime), runtime)

    def post(self, path: str, body: Any) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self._app)
            async with httpx.AsyncClient(transport=transport, base_url="http://stayline") as client:
                content = body if isinstance(body, bytes) else json.dumps(body).encode()
                return await client.post(path, content=content)

        return asyncio.run(ask())


client_of = cache(Client)


@pytest.fixture
def client() -> Client:
    return client_of("lightgbm")


@pytest.mark.parametrize("kind", KINDS)
@given(customer=st.integers(0, 299).map(str), same=st.booleans())
@settings(max_examples=15, deadline=None)
def test_without_a_change_it_is_the_score(kind: str, customer: str, same: bool) -> None:
    client = client_of(kind)
    contract = Store(client.model).rows[customer]["Contract"]
    body = {"customerID": customer, "changes": {"Contract": contract} if same else {}}
    told = client.post("/what_if", body).json()
    score = client.post("/score", {"customerID": customer}).json()
    many = client.post("/score_many", {"customerIDs": [customer]}).json()["results"][0]
    standing = {name: score[name] for name in ("probability", "band", "segment")}
    assert told["before"] == told["after"] == standing == {name: many[name] for name in standing}
    assert told["difference_points"] == 0.0
    assert told["features"] == score["features"]
    assert told["unknown_share"] == score["unknown_share"] == many["unknown_share"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_what_if_scores_the_customer_with_the_new_values(kind: str) -> None:
    client = client_of(kind)
    body = {"customerID": "g", "changes": {"Contract": "Two year", "MonthlyCharges": 60}}
    response = client.post("/what_if", body)
    assert response.status_code == 200
    told = response.json()
    row = Store(client.model).rows["g"]
    after = row | {"Contract": "Two year", "MonthlyCharges": 60.0, "MonthlyChargesVsAvg": 20.0}
    scorer = Scorer(client.model, "churn:x", WITHOUT_THRESHOLD)
    (expected_before,), (expected_after,) = scorer.score_rows([row]), scorer.score_rows([after])
    assert told["before"]["probability"] == expected_before.probability
    assert told["after"]["probability"] == expected_after.probability
    assert told["after"]["segment"]["name"] == expected_after.segment
    difference = 100 * (expected_after.probability - expected_before.probability)
    assert told["difference_points"] == pytest.approx(difference, abs=1e-9)
    assert told["changes"] == [
        {"feature": "Contract", "before": "Month-to-month", "after": "Two year"},
        {"feature": "MonthlyCharges", "before": 50.0, "after": 60.0},
        {"feature": "MonthlyChargesVsAvg", "before": 10.0, "after": 20.0},
    ]
    assert "not a causal effect" in told["note"]
    assert set(told) == {
        *(
            "customerID",
            "changes",
            "before",
            "after",
            "difference_points",
            "note",
            "unknown_share",
            "features",
        ),
        *("model", "role", "feature_service", "learned_until", "request_id"),
    }


def test_the_note_in_spanish(client: Client) -> None:
    told = client.post("/what_if", {"customerID": "g", "changes": {}, "language": "es"}).json()
    assert "no un efecto causal" in told["note"]


@pytest.mark.parametrize(
    ("changes", "field", "rule"),
    [
        ({"Contract": "Weekly"}, "changes.Contract", "Month-to-month, One year or Two year, not 'Weekly'"),
        ({"OnlineBackup": "No internet service"}, "changes.OnlineBackup", 'where InternetService is "No"'),
        ({"InternetService": "No"}, "changes.InternetService", "change OnlineBackup along with it"),
        ({"tenure": -1}, "changes.tenure", "whole number from 0 to 1,200"),
        ({"MonthlyChargesVsAvg": 3}, "changes.MonthlyChargesVsAvg", "change MonthlyCharges or"),
        ({"x" * 100: 3}, "changes." + "x" * 52, "no feature 'xxx"),
    ],
)
def test_an_impossible_change_is_refused(
    changes: dict[str, Any], field: str, rule: str, client: Client
) -> None:
    response = client.post("/what_if", {"customerID": "g", "changes": changes})
    assert response.status_code == 422
    error = response.json()["error"]
    assert (error["code"], error["field"]) == ("impossible_change", field)
    assert rule in error["message"]
    assert len(error["message"]) < 400


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b'{"customerID": "g"}', "changes"),
        (b'{"customerID": "g", "changes": []}', "changes"),
        (b'{"customerID": "g", "changes": {"tenure": null}}', "changes.tenure"),
        (b'{"customerID": "g", "changes": {"tenure": true}}', "changes.tenure"),
        (b'{"customerID": "g", "changes": {"tenure": NaN}}', "changes.tenure"),
        (b'{"customerID": "g", "changes": {"tenure": 1e999}}', "changes.tenure"),
        (b'{"customerID": "g", "changes": {"": 1}}', "changes"),
        (b'{"customerID": "g", "changes": {}, "language": "fr"}', "language"),
        (json.dumps({"customerID": "g", "changes": {f"f{n}": 1 for n in range(21)}}).encode(), "changes"),
    ],
)
def test_a_malformed_what_if(body: bytes, field: str, client: Client) -> None:
    response = client.post("/what_if", body)
    assert response.status_code == 400
    error = response.json()["error"]
    assert error["code"] == "malformed_request"
    assert error["field"].startswith(field)


@pytest.mark.parametrize("value", ["NaN", "-Infinity", "1e999", "[1]", "null", f'"{"x" * 101}"'])
def test_a_value_that_is_none_is_told_in_one_sentence(value: str, client: Client) -> None:
    response = client.post("/what_if", f'{{"customerID": "g", "changes": {{"tenure": {value}}}}}'.encode())
    error = response.json()["error"]
    assert (response.status_code, error["field"]) == (400, "changes.tenure")
    assert error["message"].endswith("a text of at most 100 characters, or a finite number")


def test_a_what_if_of_an_unknown_customer(client: Client) -> None:
    response = client.post("/what_if", {"customerID": "nobody", "changes": {"tenure": -1}})
    assert (response.status_code, response.json()["error"]["code"]) == (404, "unknown_customer")


@pytest.mark.parametrize("kind", KINDS)
def test_reasons_are_the_models_own_and_only_told_when_asked_for(kind: str) -> None:
    client = client_of(kind)
    plain = client.post("/score", {"customerID": "7"}).json()
    assert "reasons" not in plain
    told = client.post("/score", {"customerID": "7", "reasons": 3}).json()
    assert {name: told[name] for name in plain if name != "request_id"} == {
        name: value for name, value in plain.items() if name != "request_id"
    }
    row = Store(client.model).rows["7"]
    expected = reasons(client.model, row, client.model.encoder.encode_rows([row]), 3)
    assert [(one["feature"], one["value"]) for one in told["reasons"]] == [
        (one.feature, one.value) for one in expected
    ]
    assert [one["points"] for one in told["reasons"]] == [round(one.points, 1) for one in expected]
    assert all("the risk" in one["text"] for one in told["reasons"])
    spanish = client.post("/score", {"customerID": "7", "reasons": 3, "language": "es"}).json()["reasons"]
    assert [one["points"] for one in spanish] == [one["points"] for one in told["reasons"]]
    assert all("el riesgo" in one["text"] for one in spanish)


@pytest.mark.parametrize("kind", KINDS)
def test_many_and_single_give_the_same_reasons(kind: str) -> None:
    client = client_of(kind)
    asked = {"reasons": 5, "language": "es"}
    body = {"customerIDs": ["3", "nobody", "4", "3"], **asked}
    first, unknown, second, again = client.post("/score_many", body).json()["results"]
    assert set(unknown) == {"customerID", "error"}
    assert first == again
    for result in (first, second):
        single = client.post("/score", {"customerID": result["customerID"], **asked}).json()["reasons"]
        assert [one["feature"] for one in result["reasons"]] == [one["feature"] for one in single]
        np.testing.assert_allclose(
            [one["points"] for one in result["reasons"]], [one["points"] for one in single], atol=0.11
        )


def test_reasons_of_many_are_bounded(client: Client) -> None:
    everybody = [str(number) for number in range(101)]
    assert client.post("/score_many", {"customerIDs": everybody}).status_code == 200
    assert client.post("/score_many", {"customerIDs": everybody[:100], "reasons": 1}).status_code == 200
    response = client.post("/score_many", {"customerIDs": everybody, "reasons": 1})
    assert response.status_code == 400
    assert response.json()["error"]["message"] == "customerIDs: with reasons at most 100 at a time, not 101"


@pytest.mark.parametrize("asked", [-1, 21, 1.5, "3", True, None])
def test_how_many_reasons(asked: object, client: Client) -> None:
    response = client.post("/score", {"customerID": "7", "reasons": asked})
    assert (response.status_code, response.json()["error"]["field"]) == (400, "reasons")


def test_the_model_tells_what_may_be_changed(client: Client) -> None:
    told = {one["feature"]: one for one in client.post("/model", {}).json()["changeable"]}
    assert told["Contract"] == {
        "feature": "Contract",
        "kind": "category",
        "values": ["Month-to-month", "One year", "Two year"],
        "minimum": None,
        "maximum": None,
        "whole": False,
    }
    assert told["tenure"] == {
        "feature": "tenure",
        "kind": "number",
        "values": None,
        "minimum": 0.0,
        "maximum": 1200.0,
        "whole": True,
    }
    assert "AvgMonthlyCharges" not in told

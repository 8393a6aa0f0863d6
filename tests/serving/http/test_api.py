from __future__ import annotations

import json
import logging
import re
import threading
from dataclasses import replace
from functools import partial

import pytest
from small_service import Client, Store, error_of

from serving.card.card_text import card_text
from serving.card.metadata import ModelMetadata
from serving.errors import StoreError
from serving.features.store_wait import StoreWait
from serving.http.api import build_app
from serving.http.runtime import Runtime
from serving.language.catalogue import LANGUAGES, LanguageCode
from serving.language.language import Language
from serving.model.signature import Signature
from serving.scoring.answers import ScoreAnswer
from serving.scoring.served import Challenge


def test_a_score(client: Client) -> None:
    response = client.post("/score", json={"customerID": "7590-VHVEG"})
    assert response.status_code == 200
    body = response.json()
    assert set(body) == {
        *(
            "customerID",
            "probability",
            "band",
            "unknown_share",
            "segment",
            "decision",
            "features",
            "model",
            "role",
            "feature_service",
            "learned_until",
            "request_id",
        )
    }
    assert body["customerID"] == "7590-VHVEG"
    assert body["segment"].keys() == {"id", "name"}
    assert body["model"] == "churn:x"
    assert body["features"]["views"]["billing"] == {"event_timestamp": "2026-11-01T00:00:00Z", "fresh": True}


@pytest.mark.parametrize(
    ("body", "code"), [({}, "en"), ({"language": "en"}, "en"), ({"language": "es"}, "es")]
)
def test_the_card_is_told_as_it_was_registered(
    body: dict[str, str], code: LanguageCode, client: Client, registered: ModelMetadata, signature: Signature
) -> None:
    response = client.post("/model", json=body)
    assert response.status_code == 200
    told = response.json()
    assert told["card"] == registered.card.model_dump(mode="json")
    assert told["thresholds"] == registered.thresholds.model_dump(mode="json")
    assert told["language"] == code
    text = card_text(registered.card, registered.thresholds, Language(code))
    assert told["text"] == [section.model_dump(mode="json") for section in text]
    assert (told["model"], told["registered"]) == ("churn:x", "2026-11-01T00:00:00Z")
    assert (told["base"], told["feature_service"]) == (registered.base, "churn_v1")
    assert told["arm"] == {"sampler": "none", "classifier": "lightgbm"}
    assert told["signature"]["fingerprint"] == signature.fingerprint
    assert told["signature"]["ttl_seconds"] == dict(signature.ttl_seconds)
    assert told["signature"]["features"][2] == {"name": "tenure", "type": "Int64", "view": "billing"}
    assert [feature["name"] for feature in told["signature"]["features"]] == list(signature.names)
    assert told["request_id"] == response.headers["x-request-id"]


def test_the_model_is_told_without_the_store(client: Client, store: Store, runtime: Runtime) -> None:
    store.fault = StoreError("the store is away")
    assert client.post("/model", json={}).status_code == 200
    runtime.served = None
    response = client.post("/model", json={})
    assert (response.status_code, error_of(response)["code"]) == (503, "not_ready")


def test_openapi_describes_every_endpoint(runtime: Runtime) -> None:
    described = build_app(runtime)
    described.openapi_url = "/openapi.json"
    paths = described.openapi()["paths"]
    assert set(paths) == {
        *("/score", "/score_many", "/what_if", "/at_risk", "/at_risk_csv"),
        *("/campaigns", "/model", "/segments", "/history"),
    }
    assert set(paths["/at_risk_csv"]["post"]["responses"]["200"]["content"]) == {"text/csv"}
    told = paths["/model"]["post"]
    schema = told["requestBody"]["content"]["application/json"]["schema"]
    assert schema["properties"]["language"]["enum"] == list(LANGUAGES)
    assert "required" not in schema
    assert set(told["responses"]) == {"200", "400", "401", "405", "408", "413", "429", "500", "503", "504"}
    answer = told["responses"]["200"]["content"]["application/json"]["schema"]
    assert answer == {"$ref": "#/components/schemas/ModelAnswer"}


def test_every_reference_of_the_document_leads_somewhere(client: Client) -> None:
    document = client.get("/docs.json").json()
    named = set(re.findall(r'"\$ref": "(.*?)"', json.dumps(document)))
    assert named
    assert named <= {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}


def test_values_are_told_if_asked_for(client: Client) -> None:
    told = client.post("/score", json={"customerID": "7590-VHVEG", "values": True}).json()
    assert told["values"] == {"Partner": "Yes", "Contract": "One year", "tenure": 5, "MonthlyCharges": 70.0}
    assert "values" not in client.post("/score", json={"customerID": "7590-VHVEG"}).json()


def test_the_text_of_a_score_is_that_of_its_object(client: Client, runtime: Runtime) -> None:
    response = client.post("/score", json={"customerID": "7590-VHVEG"}, headers={"X-Request-ID": "a:1"})
    served = runtime.loaded()
    found = served.scoring.one("7590-VHVEG")
    assert response.text == ScoreAnswer(**dict(found), **served.origin, request_id="a:1").model_dump_json()


def test_where_the_bands_begin_is_told(client: Client) -> None:
    assert client.post("/model", json={}).json()["bands"] == {"medium": 0.25, "high": 0.5}


def test_many_and_single_give_the_same(client: Client) -> None:
    single = client.post("/score", json={"customerID": "7590-VHVEG"}).json()
    body = client.post("/score_many", json={"customerIDs": ["7590-VHVEG", "nobody", "7590-VHVEG"]}).json()
    assert (body["found"], body["failed"], body["model"]) == (2, 1, "churn:x")
    first, second, third = body["results"]
    assert first == third == {name: single[name] for name in first}
    assert second["error"]["code"] == "unknown_customer"
    assert set(second["error"]) == {"code", "message", "customerID"}


@pytest.mark.parametrize("wrong", ["", "8 8", "8\0", "8\n", "é", "8" * 65, "=1+1 "])
def test_one_malformed_id_leaves_the_others_their_scores(wrong: str, client: Client) -> None:
    single = client.post("/score", json={"customerID": "7"}).json()
    response = client.post("/score_many", json={"customerIDs": [wrong, "7", wrong, "nobody"]})
    assert response.status_code == 200
    body = response.json()
    assert (body["found"], body["failed"]) == (1, 3)
    first, score, third, unknown = body["results"]
    assert score == {name: single[name] for name in score}
    assert unknown["error"]["code"] == "unknown_customer"
    for at, result in ((0, first), (2, third)):
        assert (result["customerID"], result["error"]["code"]) == (wrong, "malformed_request")
        assert result["error"]["field"] == f"customerIDs.{at}"
        assert result["error"]["message"].startswith(f"customerIDs.{at}: String should ")


def test_ids_that_are_all_malformed_are_all_told(client: Client) -> None:
    body = client.post("/score_many", json={"customerIDs": ["8 8", "9 9"]}).json()
    assert (body["found"], body["failed"]) == (0, 2)
    assert [result["customerID"] for result in body["results"]] == ["8 8", "9 9"]


def test_an_unknown_customer_is_named(client: Client) -> None:
    response = client.post("/score", json={"customerID": "nobody"})
    assert response.status_code == 404
    error = error_of(response)
    assert (error["code"], error["customerID"]) == ("unknown_customer", "nobody")


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/score", b"", None),
        ("/score", b"{", None),
        ("/score", b'{"customerID": "\xff"}', None),
        ("/score", b'{"customerID": "\\ud800"}', None),
        ("/score", b"[]", None),
        ("/score", b"null", None),
        ("/score", b"{}", "customerID"),
        ("/score", b'{"customerID": 7}', "customerID"),
        ("/score", b'{"customerID": null}', "customerID"),
        ("/score", b'{"customerID": ["7"]}', "customerID"),
        ("/score", b'{"customerID": ""}', "customerID"),
        ("/score", b'{"customerID": "7 7"}', "customerID"),
        ("/score", b'{"customerID": "7\\u0000"}', "customerID"),
        ("/score", b'{"customerID": "7\\n"}', "customerID"),
        ("/score", b'{"customerID": "\\u00e9"}', "customerID"),
        ("/score", json.dumps({"customerID": "7" * 65}).encode(), "customerID"),
        ("/score", b'{"customerID": "7", "why": true}', "why"),
        ("/score", b'{"customerid": "7"}', "customerID"),
        ("/score_many", b'{"customerIDs": []}', "customerIDs"),
        ("/score_many", b'{"customerIDs": "7"}', "customerIDs"),
        ("/score_many", b'{"customerIDs": ["7", 8]}', "customerIDs.1"),
        ("/score_many", b'{"customerIDs": ["7", "\\ud800"]}', None),
        ("/score_many", b'{"customerID": "7"}', "customerIDs"),
        ("/score_many", json.dumps({"customerIDs": ["7"] * 1001}).encode(), "customerIDs"),
        ("/score_many", b"[" * 10_000, None),
        ("/model", b"", None),
        ("/model", b"[]", None),
        ("/model", b'"en"', None),
        ("/model", b'{"language": "fr"}', "language"),
        ("/model", b'{"language": "EN"}', "language"),
        ("/model", b'{"language": null}', "language"),
        ("/model", b'{"language": ["en"]}', "language"),
        ("/model", b'{"customerID": "7"}', "customerID"),
    ],
)
def test_a_malformed_request_names_the_field(
    path: str, body: bytes, field: str | None, client: Client
) -> None:
    response = client.post(path, content=body)
    assert response.status_code == 400
    error = error_of(response)
    assert (error["code"], error.get("field")) == ("malformed_request", field)
    assert len(error["message"]) < 300


def test_exactly_as_many_as_allowed(client: Client) -> None:
    response = client.post("/score_many", json={"customerIDs": ["7"] * 1000})
    assert response.status_code == 200
    assert response.json()["found"] == 1000


def test_an_unknown_field_with_a_long_name_is_cut_short(client: Client) -> None:
    error = error_of(client.post("/score", content=json.dumps({"customerID": "7", "x" * 9000: 1})))
    assert error["field"] == "x" * 60


def test_a_body_that_is_too_long(client: Client) -> None:
    response = client.post("/score", json={"customerID": "7" * 20_000})
    assert response.status_code == 413
    assert error_of(response)["code"] == "body_too_large"


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
@pytest.mark.parametrize("path", ["/score", "/model"])
def test_another_method(method: str, path: str, client: Client) -> None:
    response = client.request(method, path)
    assert (response.status_code, response.headers["allow"]) == (405, "POST")
    assert error_of(response)["code"] == "wrong_method"


@pytest.mark.parametrize("path", ["/score/7590-VHVEG", "/nowhere", "/readyz/x"])
def test_an_unknown_path_does_not_come_in(path: str, client: Client) -> None:
    response = client.post(path)
    assert response.status_code == 404
    error = error_of(response)
    assert error["code"] == "unknown_path"
    assert "7590" not in error["message"]


def test_a_store_that_fails(client: Client, store: Store) -> None:
    store.fault = StoreError("the store is away")
    for path, body in (("/score", {"customerID": "7"}), ("/score_many", {"customerIDs": ["7"]})):
        response = client.post(path, json=body)
        assert (response.status_code, response.headers["retry-after"]) == (503, "1")
        assert error_of(response)["code"] == "store_unavailable"
    store.fault = None
    assert client.post("/score", json={"customerID": "7"}).status_code == 200


def test_a_store_that_hangs_is_given_up_and_blocks_nobody(
    client: Client, store: Store, runtime: Runtime
) -> None:
    runtime.settings = runtime.settings.model_copy(update={"store_timeout_seconds": 0.2})
    store.hang = threading.Event()
    response = client.post("/score", json={"customerID": "7"})
    assert (response.status_code, error_of(response)["code"]) == (503, "store_unavailable")
    assert "did not answer within 0.2 s" in error_of(response)["message"]
    assert client.get("/healthz").status_code == 200
    store.hang.set()


def test_who_waits_for_a_thread_behind_a_store_that_hangs_is_told_so(
    client: Client, store: Store, runtime: Runtime
) -> None:
    hangs = store.hang = threading.Event()
    begun = [threading.Event() for _ in range(runtime.settings.threads)]

    def read(begins: threading.Event) -> None:
        begins.set()
        store.read(["7"])

    for each in begun:
        wait = StoreWait()
        runtime._begun.add(wait)
        runtime._threads.submit(partial(wait.run, read, each))
    assert all(event.wait(10) for event in begun)
    runtime.settings = runtime.settings.model_copy(update={"store_timeout_seconds": 0.1})
    response = client.post("/score", json={"customerID": "7"})
    assert (response.status_code, error_of(response)["code"]) == (503, "store_unavailable")
    store.hang = None
    hangs.set()
    assert client.post("/score", json={"customerID": "7"}).status_code == 200


def test_scoring_that_takes_too_long_is_given_up(
    client: Client, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime.settings = runtime.settings.model_copy(
        update={"read_timeout_seconds": 0.2, "store_timeout_seconds": 0.05}
    )
    done = threading.Event()
    scorer = runtime.loaded().scoring.scorer
    monkeypatch.setattr(scorer, "score_row", lambda row: done.wait(30))
    response = client.post("/score", json={"customerID": "7"})
    assert (response.status_code, error_of(response)["code"]) == (504, "timeout")
    assert "not done within 0.2 s" in error_of(response)["message"]
    done.set()


def test_what_was_not_foreseen_keeps_its_text_for_the_log(
    client: Client, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    store.fault = RuntimeError("secret")
    response = client.post("/score", json={"customerID": "7"})
    assert response.status_code == 500
    error = error_of(response)
    assert error["code"] == "internal_error"
    assert "secret" not in response.text
    assert "secret" in caplog.text
    assert error["request_id"] in caplog.text


def test_the_clients_request_id_comes_back_if_it_is_plain(client: Client) -> None:
    def ask(request_id: str) -> str:
        headers = {"X-Request-ID": request_id}
        response = client.post("/score", json={"customerID": "7"}, headers=headers)
        assert response.json()["request_id"] == response.headers["x-request-id"]
        return str(response.headers["x-request-id"])

    assert ask("job-17.2") == "job-17.2"
    assert ask("a b") != "a b"
    assert len(ask("x" * 65)) == 32


def test_the_log_names_no_customer(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        client.post("/score", json={"customerID": "7590-VHVEG"})
        client.post("/score", json={"customerID": "nobody-at-all"})
    lines = [record.getMessage()[:15] for record in caplog.records if record.name.startswith("bentoml")]
    assert lines == ["POST /score 200", "POST /score 404"]
    assert "7590" not in caplog.text
    assert "nobody" not in caplog.text


def test_ready(client: Client, store: Store, runtime: Runtime) -> None:
    assert client.get("/readyz").json() == {"ready": True, "model": "churn:x", "base": "base"}
    store.fault = StoreError("the store holds another base")
    response = client.get("/readyz")
    assert response.status_code == 503
    assert error_of(response)["message"] == "the store holds another base"
    runtime.served = None
    assert "not loaded yet" in error_of(client.get("/readyz"))["message"]
    assert client.post("/score", json={"customerID": "7"}).status_code == 503


def test_a_model_that_is_unfit_is_told_and_does_not_score(client: Client, runtime: Runtime) -> None:
    runtime.served = replace(runtime.current(), unfit="billing:tenure is gone")
    for path, body in (("/score", {"customerID": "7"}), ("/score_many", {"customerIDs": ["7"]})):
        response = client.post(path, json=body)
        assert (response.status_code, error_of(response)["code"]) == (503, "not_ready")
    ready = client.get("/readyz")
    assert (ready.status_code, error_of(ready)["message"]) == (503, "billing:tenure is gone")
    assert client.post("/model", json={}).json()["model"] == "churn:x"


def test_ready_tells_of_the_challenger_and_of_what_needs_a_look(client: Client, runtime: Runtime) -> None:
    served = runtime.current()
    runtime.served = replace(served, challenge=Challenge(replace(served, role="challenger"), "split", 0.25))
    runtime.notices = ("churn:y cannot be loaded",)
    assert client.get("/readyz").json() == {
        "ready": True,
        "model": "churn:x",
        "base": "base",
        "challenger": {"model": "churn:x", "mode": "split", "share": 0.25},
        "notices": ["churn:y cannot be loaded"],
    }

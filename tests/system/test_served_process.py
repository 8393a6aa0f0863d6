"""`bentoml serve` in the project's root, asked over HTTP."""

from __future__ import annotations

import socket
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from place import Place
from server import Answer, Server
from small_cards import small_card, small_thresholds

from serving.model.signature import signature_of

pytestmark = pytest.mark.slow
CUSTOMERS = [f"{number:04d}-TESTA" for number in range(60)]


def test_batch_single_and_many_give_the_same_probability(
    server: Server, place: Place, tmp_path: Path
) -> None:
    out = tmp_path / "scores.parquet"
    done = place.run("python", "-m", "serving", "score", "--all", "--out", str(out), "--top", "3")
    assert done.returncode == 0, done.stderr
    assert "customers most at risk on 2025-11-01" in done.stdout
    batch = pd.read_parquet(out).set_index("customerID").loc[CUSTOMERS]
    many = server.ask("POST", "/score_many", {"customerIDs": CUSTOMERS}).body["results"]
    single = [server.ask("POST", "/score", {"customerID": customer}).body for customer in CUSTOMERS]
    for answers in (many, single):
        found = [answer["probability"] for answer in answers]
        np.testing.assert_allclose(found, batch["probability"], rtol=0, atol=1e-9)
        assert [answer["band"] for answer in answers] == batch["band"].tolist()
        assert [answer["segment"]["name"] for answer in answers] == batch["segment"].tolist()
    assert batch["probability"].nunique() > 5


def test_an_answer_says_where_it_comes_from(server: Server, place: Place) -> None:
    answer = server.ask("POST", "/score", {"customerID": CUSTOMERS[0]})
    assert answer.status == 200
    assert answer.body["model"] == place.champion
    assert answer.body["feature_service"] == "churn_v1"
    assert answer.body["features"]["views"]["billing"] == {
        "event_timestamp": "2025-09-30T00:00:00Z",
        "fresh": True,
    }
    assert answer.body["request_id"] == answer.headers["x-request-id"]


def test_a_damaged_row_is_refused_until_the_next_materialize(server: Server, place: Place) -> None:
    hurt, others = {"customerID": CUSTOMERS[7]}, {"customerIDs": CUSTOMERS[:7]}
    before = server.ask("POST", "/score", hurt)
    connection = sqlite3.connect(place.online_store)
    with connection:
        connection.execute(
            "UPDATE stayline_billing SET tenure = tenure + 64 WHERE customerID = ?", [CUSTOMERS[7]]
        )
    connection.close()
    refused = server.ask("POST", "/score", hurt)
    assert (refused.status, refused.body["error"]["code"]) == (503, "store_unavailable")
    assert "'billing': a customer's row in the online store is damaged" in refused.body["error"]["message"]
    assert server.ask("POST", "/score_many", {"customerIDs": CUSTOMERS[:8]}).status == 503
    assert server.ask("POST", "/score_many", others).body["found"] == 7
    assert server.ask("GET", "/readyz").status == 200
    done = place.run("python", "-m", "serving", "materialize")
    assert done.returncode == 0, done.stderr
    assert server.ask("POST", "/score", hurt).body["probability"] == before.body["probability"]


def test_the_card_of_the_served_model_is_told_in_both_languages(server: Server, place: Place) -> None:
    registered = small_card("by-hand", signature_of().names)
    english = server.ask("POST", "/model", {})
    spanish = server.ask("POST", "/model", {"language": "es"})
    for answer in (english, spanish):
        assert answer.status == 200
        assert answer.body["model"] == place.champion
        assert answer.body["card"] == registered
        assert answer.body["thresholds"] == small_thresholds()
    assert english.body["text"][0]["heading"] == "Intended use"
    assert spanish.body["text"][0]["heading"] == "Uso previsto"
    wrong = server.ask("POST", "/model", {"language": "fr"})
    assert (wrong.status, wrong.body["error"]["field"]) == (400, "language")


def test_reasons_are_told_in_both_languages(server: Server) -> None:
    plain = server.ask("POST", "/score", {"customerID": CUSTOMERS[0]}).body
    asked = {"reasons": 3, "language": "es"}
    single = server.ask("POST", "/score", {"customerID": CUSTOMERS[0], **asked}).body
    assert "reasons" not in plain
    assert single["probability"] == plain["probability"]
    assert len(single["reasons"]) == 3
    assert all("el riesgo" in reason["text"] for reason in single["reasons"])
    many = server.ask("POST", "/score_many", {"customerIDs": CUSTOMERS[:2], **asked}).body["results"]
    assert many[0]["reasons"] == single["reasons"]


def test_a_what_if_without_a_change_is_the_score(server: Server) -> None:
    for customer in CUSTOMERS[:10]:
        score = server.ask("POST", "/score", {"customerID": customer}).body
        what_if = server.ask("POST", "/what_if", {"customerID": customer, "changes": {}}).body
        assert what_if["before"] == what_if["after"] == {name: score[name] for name in what_if["after"]}
        assert (what_if["difference_points"], what_if["changes"]) == (0.0, [])


def test_a_what_if_with_a_change_and_with_an_impossible_one(server: Server) -> None:
    def ask(contract: str) -> Answer:
        body = {"customerID": CUSTOMERS[0], "changes": {"Contract": contract}}
        return server.ask("POST", "/what_if", body)

    told = [ask(contract) for contract in ("Month-to-month", "One year", "Two year")]
    assert [answer.status for answer in told] == [200] * 3
    assert len({answer.body["after"]["probability"] for answer in told}) > 1
    assert len({answer.body["before"]["probability"] for answer in told}) == 1
    refused = ask("Weekly")
    assert (refused.status, refused.body["error"]["code"]) == (422, "impossible_change")
    assert refused.body["error"]["field"] == "changes.Contract"
    assert "Two year, not 'Weekly'" in refused.body["error"]["message"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"customerID": "nobody"}, 404, "unknown_customer"),
        ({"customerID": 7}, 400, "malformed_request"),
        (b"{", 400, "malformed_request"),
        ({"customerID": "x" * 200_000}, 400, "malformed_request"),
        ({"customerID": "x" * 300_000}, 413, "body_too_large"),
    ],
)
def test_errors_are_objects(body: object, status: int, code: str, server: Server) -> None:
    answer = server.ask("POST", "/score", body)
    assert (answer.status, answer.body["error"]["code"]) == (status, code)


def test_health_metrics_and_openapi(server: Server) -> None:
    server.ask("POST", "/score", {"customerID": CUSTOMERS[0]})
    server.ask("POST", f"/score/{CUSTOMERS[0]}")
    assert [server.ask("GET", path).status for path in ("/healthz", "/livez", "/readyz", "/")] == [200] * 4
    metrics = server.ask("GET", "/metrics").body
    assert 'endpoint="/score"' in metrics
    assert CUSTOMERS[0] not in metrics
    openapi = server.ask("GET", "/docs.json").body
    assert {"/score", "/score_many", "/what_if", "/model"} <= set(openapi["paths"])
    request = openapi["paths"]["/score"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert request["required"] == ["customerID"]
    assert {"ScoreAnswer", "ModelAnswer", "ModelCard"} <= set(openapi["components"]["schemas"])


def test_many_clients_at_once(server: Server) -> None:
    def ask(customer: str) -> float:
        return float(server.ask("POST", "/score", {"customerID": customer}).body["probability"])

    with ThreadPoolExecutor(8) as threads:
        once, again = (list(threads.map(ask, CUSTOMERS)) for _ in range(2))
    assert once == again


def test_a_store_that_goes_away_and_comes_back(server: Server, place: Place) -> None:
    store = place.online_store
    away = store.with_name("away.db")
    store.rename(away)
    try:
        answer = server.ask("POST", "/score", {"customerID": CUSTOMERS[0]})
        assert (answer.status, answer.body["error"]["code"]) == (503, "store_unavailable")
        ready = server.ask("GET", "/readyz")
        assert (ready.status, ready.body["error"]["code"]) == (503, "not_ready")
        assert server.ask("GET", "/livez").status == 200
    finally:
        away.rename(store)
    assert server.ask("POST", "/score", {"customerID": CUSTOMERS[0]}).status == 200


def test_the_log_names_no_customer(server: Server) -> None:
    server.ask("POST", "/score", {"customerID": CUSTOMERS[0]})
    server.ask("POST", "/score", {"customerID": "nobody"})
    log = server.log.read_text()
    assert '"path":"/score","status":200' in log
    assert CUSTOMERS[0] not in log
    assert "nobody" not in log
    assert "Traceback" not in log


def test_it_listens_on_this_machine_alone(server: Server) -> None:
    socket.create_connection(("127.0.0.1", server.port), 5).close()
    with pytest.raises(ConnectionRefusedError):  # which any address but 127.0.0.1 would be, of all that are
        socket.create_connection(("127.0.0.2", server.port), 5)


def test_nothing_a_client_makes_up_becomes_a_series(server: Server) -> None:
    def series() -> set[str]:
        lines = server.ask("GET", "/metrics").body.splitlines()
        return {line.rpartition(" ")[0] for line in lines if not line.startswith("#")}

    server.ask("GET", "/nowhere")
    server.ask("DELETE", "/score")
    server.ask("POST", "/score", {"customerID": "nobody"})
    before = series()
    for number in range(20):
        for method in ("GET", "POST", "PURGE"):
            for path in (f"/static_content/{number}", f"/score/{number}", f"/{number}-TESTA"):
                assert server.ask(method, path).status == 404
        assert server.ask(("PUT", "PURGE", "LINK", "REPORT")[number % 4], "/score").status == 405
        assert server.ask(f"FOO{number}", "/score").status == 400  # uvicorn's own: it knows no such method
        server.ask("POST", f"/score?{number}-TESTA", {"customerID": "nobody"})
        server.ask("POST", "/score", {"customerID": f"nobody-{number}"}, {f"X-{number}": "y" * 5_000})
    assert series() == before
    assert any(line.startswith("stayline_refused_total") for line in before)
    assert any('endpoint="/score",' in line for line in before)


def test_every_answer_is_counted_once(server: Server) -> None:
    asked: list[tuple[str, str, object, int]] = [
        ("POST", "/score", {"customerID": CUSTOMERS[0]}, 200),
        ("POST", "/score", {"customerID": "nobody"}, 404),
        ("POST", "/score_many", {"customerIDs": [CUSTOMERS[0], "nobody"]}, 200),
        ("POST", "/what_if", {"customerID": CUSTOMERS[0], "changes": {"Contract": "Weekly"}}, 422),
        ("POST", "/model", {"odd": 1}, 400),
        ("GET", "/ui", None, 200),
    ]
    refused = [("GET", "/score", None, 405), ("POST", "/score", {"customerID": "x" * 300_000}, 413)]

    def counted(sample: str) -> float:
        lines = [line.rpartition(" ") for line in server.ask("GET", "/metrics").body.splitlines()]
        labels = sample.split()
        return sum(float(value) for series, _, value in lines if all(part in series for part in labels))

    answers = "bentoml_service_request_total{"
    samples = [f'{answers} endpoint="{path}" code="{status}"' for _, path, _, status in asked]
    samples += ['stayline_refused_total code="wrong_method"', 'stayline_refused_total code="body_too_large"']
    samples += [answers]
    before = [counted(sample) for sample in samples]
    for method, path, body, status in [*asked, *refused]:
        assert server.ask(method, path, body).status == status
    rises = [counted(sample) - was for sample, was in zip(samples, before, strict=True)]
    assert rises == [1] * (len(asked) + len(refused)) + [len(asked)]


def test_a_port_that_is_taken_is_named_and_the_other_service_stays(server: Server, place: Place) -> None:
    done = place.run("bentoml", "serve", "--port", str(server.port))
    assert done.returncode == 1
    assert f"cannot listen on 127.0.0.1, port {server.port} (Address already in use)" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert server.ask("GET", "/readyz").status == 200


def test_without_a_champion_it_says_what_to_do_and_ends(place: Place, tmp_path: Path) -> None:
    done = place.run("bentoml", "serve", BENTOML_HOME=str(tmp_path))
    assert done.returncode == 1
    assert "make run" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.parametrize("name", ["model.txt", "model.yaml"])
def test_a_broken_champion_is_named_and_not_served(name: str, place: Place, home: Path) -> None:
    path = home.joinpath("models", *place.champion.split(":"), name)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    path.write_bytes(content)
    done = place.run("bentoml", "serve", "--port", "0", BENTOML_HOME=str(home))
    assert done.returncode == 1
    assert f"{name} is not the file that was registered" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr

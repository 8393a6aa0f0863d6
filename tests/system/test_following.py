"""Running services follow the registry, under load, two of them on one store."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from asking import Asking, wait_until
from bentoml._internal.configuration.containers import BentoMLContainer
from bentoml._internal.models import ModelStore
from place import Place
from server import Server
from small_lakes import ROOT
from small_models import register_whole_model

from serving.live.split import in_share
from serving.model import registry
from serving.model.pointers import champion

pytestmark = pytest.mark.slow
CUSTOMERS = [f"{number:04d}-TESTA" for number in range(60)]
SECONDS = 5.0


@pytest.fixture(scope="module")
def house(place: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A place with a model store and a registry of its own, which this process writes to as well."""
    folder = tmp_path_factory.mktemp("following")
    shutil.copytree(place.folder / "bentoml", folder / "bentoml")
    state = Path(place.environment["STAYLINE_REGISTRY"]).parent
    shutil.copytree(state, folder / "state")
    settings = yaml.safe_load(Path(place.environment["STAYLINE_SERVING_SETTINGS"]).read_text())
    (folder / "settings.yaml").write_text(yaml.safe_dump({**settings, "workers": 2}))
    changes = {
        "BENTOML_HOME": str(folder / "bentoml"),
        "STAYLINE_SERVING_SETTINGS": str(folder / "settings.yaml"),
        "STAYLINE_REGISTRY": str(folder / "state" / Path(place.environment["STAYLINE_REGISTRY"]).name),
    }
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("BENTOML_DO_NOT_TRACK", "True")
        BentoMLContainer.model_store.set(ModelStore(folder / "bentoml" / "models"))
        yield Place(folder, place.environment | changes, place.champion)
        BentoMLContainer.model_store.reset()


@pytest.fixture(scope="module")
def servers(house: Place) -> Iterator[list[Server]]:
    """Two services on one store; the first has two workers, the second one."""
    settings = yaml.safe_load((house.folder / "settings.yaml").read_text())
    single = house.folder / "single.yaml"
    single.write_text(yaml.safe_dump({**settings, "workers": 1}))
    other = house.environment | {"STAYLINE_SERVING_SETTINGS": str(single)}
    with (
        Server(ROOT, house.environment, house.folder / "one.log") as one,
        Server(ROOT, other, house.folder / "two.log") as two,
    ):
        for server in (one, two):
            server.wait_until_ready()
        yield [one, two]


def other_model(house: Place) -> str:
    """The registered model that is not champion."""
    now = champion()
    return next(entry.tag for entry in registry.list_models() if entry.tag != now)


def test_promotion_and_rollback_under_load(house: Place, servers: list[Server]) -> None:
    first, second = house.champion, other_model(house)
    with Asking(servers[0], CUSTOMERS) as one, Asking(servers[1], CUSTOMERS) as two:
        wait_until(lambda: min(len(one.answers), len(two.answers)) >= 20, 30)
        for tag, decide in (
            (second, lambda: registry.promote(second, "test", "better")),
            (first, lambda: registry.rollback("test", "worse")),
        ):
            decide()
            settled = time.monotonic() + SECONDS
            for asking in (one, two):
                wait_until(lambda: len(asking.after(settled)) >= 10, 30)  # noqa: B023
                assert {model for asked in asking.after(settled) for model in asked.models} == {tag}
    answers = [*one.answers, *two.answers]
    assert {asked.status for asked in answers} == {200}
    assert {model for asked in answers for model in asked.models} == {first, second}
    assert all(len(asked.models) == 1 for asked in answers)


def test_a_split_is_stable_and_says_who_answered(house: Place, servers: list[Server]) -> None:
    first, second = house.champion, other_model(house)
    registry.challenge(second, "test", "try it", "split", 0.4)
    for server in servers:
        wait_until(lambda: "challenger" in server.ask("GET", "/readyz").body, SECONDS)  # noqa: B023
    wait_until(lambda: _split_everywhere(servers, second), SECONDS)
    expected = {c: "challenger" if in_share(c, second, 0.4) else "champion" for c in CUSTOMERS}
    assert 12 < list(expected.values()).count("challenger") < 36
    for server in servers:
        many = server.ask("POST", "/score_many", {"customerIDs": CUSTOMERS}).body["results"]
        assert {result["customerID"]: result["role"] for result in many} == expected
        for customer in CUSTOMERS[:10]:
            single = server.ask("POST", "/score", {"customerID": customer}).body
            assert single["role"] == expected[customer]
            assert single["model"] == (second if single["role"] == "challenger" else first)
    registry.withdraw("test", "enough")
    wait_until(lambda: not _split_everywhere(servers, second, some=True), SECONDS)


def _split_everywhere(servers: list[Server], tag: str, some: bool = False) -> bool:
    """Whether all workers, or some, let the challenger answer."""
    asked = [
        any(
            result.get("model") == tag
            for result in server.ask("POST", "/score_many", {"customerIDs": CUSTOMERS}).body["results"]
        )
        for server in servers
        for _ in range(12)
    ]
    return any(asked) if some else all(asked)


def test_a_shadow_is_told_in_the_log_alone(house: Place, servers: list[Server]) -> None:
    second = other_model(house)
    registry.challenge(second, "test", "watch it", "shadow")
    server = servers[1]
    wait_until(lambda: "challenger" in server.ask("GET", "/readyz").body, SECONDS)
    answer = server.ask("POST", "/score", {"customerID": CUSTOMERS[0]}).body
    assert (answer["model"], answer["role"]) == (house.champion, "champion")
    wait_until(lambda: answer["request_id"] in _shadow_lines(server), SECONDS)
    line = _shadow_lines(server)[answer["request_id"]]
    assert (line["champion"], line["challenger"]) == (house.champion, second)
    assert line["champion_probability"] == answer["probability"]
    assert line["difference"] == line["challenger_probability"] - line["champion_probability"]
    assert CUSTOMERS[0] not in server.log.read_text()
    registry.withdraw("test", "seen enough")
    wait_until(lambda: "challenger" not in server.ask("GET", "/readyz").body, SECONDS)


def _shadow_lines(server: Server) -> dict[str, dict[str, object]]:
    texts = [line[line.index("{") :] for line in server.log.read_text().splitlines() if '"champion"' in line]
    lines = [json.loads(text) for text in texts]
    return {line["request_id"]: line for line in lines}


def test_a_broken_champion_is_reported_and_not_served(house: Place, servers: list[Server]) -> None:
    first = house.champion
    broken = register_whole_model("by-hand")
    registry.promote(broken, "test", "looks good")
    model = house.folder / "bentoml" / "models" / Path(*broken.split(":")) / "model.txt"
    whole = model.read_text()
    registry.rollback("test", "while it is being broken")
    model.write_text(whole.replace("num_leaves=", "num_leaves= ", 1))
    registry.promote(broken, "test", "by force", lambda tag: ())
    server = servers[1]
    wait_until(lambda: "notices" in server.ask("GET", "/readyz").body, SECONDS)
    ready = server.ask("GET", "/readyz")
    assert (ready.status, ready.body["model"]) == (200, first)
    assert "model.txt is not the file that was registered" in ready.body["notices"][0]
    assert server.ask("POST", "/score", {"customerID": CUSTOMERS[0]}).body["model"] == first
    registry.rollback("test", "broken")
    wait_until(lambda: "notices" not in server.ask("GET", "/readyz").body, SECONDS)
    assert server.log.read_text().count(f"Model {broken} does not go into service") == 1


def test_another_feature_service_makes_it_not_ready(house: Place, servers: list[Server]) -> None:
    registry_file = Path(house.environment["STAYLINE_REGISTRY"])
    told = registry_file.with_name(registry_file.name + ".services.json")
    applied = told.read_text()
    document = json.loads(applied)
    views = document["projects"]["stayline"]["churn_v1"]
    next(view for view in views if view["view"] == "billing")["ttl_seconds"] = 60
    server = servers[1]
    told.write_text(json.dumps(document))
    try:
        wait_until(lambda: server.ask("GET", "/readyz").status == 503, SECONDS)
        error = server.ask("GET", "/readyz").body["error"]
        assert error["code"] == "not_ready"
        assert "time to live of billing is 60 s" in error["message"]
        answer = server.ask("POST", "/score", {"customerID": CUSTOMERS[0]})
        assert (answer.status, answer.body["error"]["code"]) == (503, "not_ready")
        assert server.ask("POST", "/model", {}).status == 200
    finally:
        told.write_text(applied)
    wait_until(lambda: server.ask("GET", "/readyz").status == 200, SECONDS)
    assert server.ask("POST", "/score", {"customerID": CUSTOMERS[0]}).status == 200
